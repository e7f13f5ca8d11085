#pragma once

#include <string>

namespace strata {

/// The rate of this processor's time stamp counter, in kHz, against CLOCK_MONOTONIC over some
/// 20 ms; good to about one in ten thousand.
long tsc_khz();

/// What /dev/kvm is made of here, as the records' accel says it: kvm-vmx, kvm-svm, or kvm-pvm where
/// the processor offers neither and KVM is there nevertheless.
std::string kvm_kind();

}  // namespace strata
