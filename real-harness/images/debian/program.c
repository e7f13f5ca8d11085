// The program that the one-stage and the two-stage image are built for.

#include <stdio.h>

int main(void) {
  puts("hello");
  return 0;
}
