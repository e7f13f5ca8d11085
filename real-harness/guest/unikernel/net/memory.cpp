// What lwIP needs of a C library, and the same for the rest of the image.

extern "C" {

void* memcpy(void* to, const void* from, unsigned long size) {
  void* const out = to;
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
  return out;
}

void* memset(void* to, int value, unsigned long size) {
  void* const out = to;
  asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
  return out;
}

void* memmove(void* to, const void* from, unsigned long size) {
  auto* const t = static_cast<volatile char*>(to);
  const auto* const f = static_cast<const char*>(from);
  if (t <= f || t >= f + size) return memcpy(to, from, size);
  while (size > 0) {
    --size;
    t[size] = f[size];
  }
  return to;
}

int memcmp(const void* a, const void* b, unsigned long size) {
  const auto *x = static_cast<const volatile unsigned char*>(a),
             *y = static_cast<const volatile unsigned char*>(b);
  for (; size > 0; --size, ++x, ++y)
    if (*x != *y) return *x - *y;
  return 0;
}

unsigned long strlen(const char* text) {
  const auto* end = static_cast<const volatile char*>(text);
  while (*end) ++end;
  return static_cast<unsigned long>(end - text);
}
}
