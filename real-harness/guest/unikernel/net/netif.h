#pragma once

struct tcp_pcb;

namespace guest::net {

/// lwIP over the device of driver.h: 10.77.0.2/24 (owned/network.h of the harness), MTU 1500.
///
/// Offloads. Transport checksums are left to the device, and trusted where it vouches for them.
/// Segmentation of what is received needs nothing: lwIP takes a TCP segment of any size. It has
/// none of its own for what it sends; widen() does it.

/// False: this machine has no network.
bool start();

/// One round: what is queued leaves, what came is worked off, timers run. When nothing came, waits
/// for it, no longer than lwIP's next timer.
void turn(long timeout_us);

/// The same when the last round was at least so long ago; else nothing.
void turn_if_older(long age_us);

/// Lets a connection that is established send segments of up to 44 times its maximum segment size,
/// which the device cuts to that size. Its congestion window, which counts in such segments, is
/// then 64 KiB at the start, more than RFC 6928 allows on a network that is shared.
void widen(tcp_pcb* pcb);

/// Has what came acknowledged at once if it was two segments of the wire's or more, as RFC 9293
/// (3.8.6.3) asks: lwIP counts what the device put together as one, and would wait for another.
void acknowledge(tcp_pcb* pcb, unsigned bytes);

}  // namespace guest::net
