#pragma once

#include "platform.h"

// The little text the guest program needs, without a C library.

namespace guest {

/// One line of text, cut where it gets too long.
struct Line {
  char text[160];
  int size = 0;
  [[gnu::noinline]] Line& add(const char* words) {
    while (*words && size < 150) text[size++] = *words++;
    return *this;
  }
  [[gnu::noinline]] Line& add(long number) {
    char digits[24];
    int n = 0;
    do digits[n++] = static_cast<char>('0' + number % 10);
    while ((number /= 10) > 0);
    while (n > 0 && size < 150) text[size++] = digits[--n];
    return *this;
  }
  Line& end_line() {
    text[size++] = '\n';
    return *this;
  }
  void print(int to = 1) {
    end_line();
    write_to(to, text, size);
  }
};

[[noreturn, gnu::cold, gnu::noinline]] inline void fail(const char* what, long error = 0) {
  Line line;
  line.add("probe: ").add(what);
  if (error < 0) line.add(", errno ").add(-error);
  line.print(2);
  end(2);
}

inline long must(long result, const char* what) {
  if (result < 0) fail(what, result);
  return result;
}

[[gnu::noinline]] inline long number(const char* text) {
  long value = 0;
  if (!*text) fail("what should be a whole number is none");
  for (; *text; ++text) {
    if (*text < '0' || *text > '9' || value > 100000000000000)
      fail("what should be a whole number is none");
    value = value * 10 + (*text - '0');
  }
  return value;
}

inline bool same(const char* a, const char* b) {
  while (*a && *a == *b) ++a, ++b;
  return *a == *b;
}

}  // namespace guest
