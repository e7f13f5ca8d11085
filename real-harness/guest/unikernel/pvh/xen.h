#pragma once

namespace guest::xen {

/// Looks whether Xen runs the guest, and if so makes its hypercalls usable.
void look();

/// Xen runs the guest.
bool is_here();

/// The rate of the time stamp counter as Xen says it; precondition: Xen is here.
unsigned long tsc_khz();

/// The hypercall xen_version, command XENVER_version.
long version();

/// Xen has given the guest a console.
bool has_console();

/// Writes to that console; waits until there is room. Precondition: there is one.
void write(const char* text, long size);

/// Ends the domain, once what was written has been taken: SHUTDOWN_poweroff for status 0, else
/// SHUTDOWN_crash.
void shut_down(int status);

}  // namespace guest::xen
