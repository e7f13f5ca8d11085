#pragma once

// The first serial port of a PC, a 16550A without its FIFOs.

namespace guest::com1 {

void write(const char* text, long size);

/// Waits for one byte, halted meanwhile; returns at once where there is no such port.
void read();

}  // namespace guest::com1
