#pragma once

#include "text.h"

// The web server of the step `http`: what linux/http.cpp and unikernel/net/http.cpp have in common.

namespace guest {

constexpr int kPage = 612;  // as large as the page nginx comes with
constexpr char kPageHead[] =
    "HTTP/1.1 200 OK\r\nServer: strata\r\nContent-Type: text/html\r\nContent-Length: 612\r\n\r\n";
constexpr char kPageText[] =
    "<!DOCTYPE html><html><head><title>Strata</title></head><body>"
    "<p>A page of 612 bytes, from the guest program.</p></body></html>\n";

/// One answer: the head, then the page.
struct PageAnswer {
  static constexpr int kSize = sizeof kPageHead - 1 + kPage;
  char text[kSize];

  void fill() {
    for (char& byte : text) byte = ' ';
    __builtin_memcpy(text, kPageHead, sizeof kPageHead - 1);
    __builtin_memcpy(text + sizeof kPageHead - 1, kPageText, sizeof kPageText - 1);
    text[kSize - 1] = '\n';
  }
};

/// How many requests end in what came; `matched` are the bytes of the empty line that ends one, as
/// far as they had come before and have come now. Every request is one for the page.
inline unsigned requests_ended(unsigned char& matched, const char* text, long size) {
  constexpr char kEnd[] = "\r\n\r\n";
  unsigned ended = 0;
  for (long i = 0; i < size; ++i) {
    if (text[i] == kEnd[matched])
      ++matched;
    else
      matched = text[i] == '\r';
    if (matched == 4) ++ended, matched = 0;
  }
  return ended;
}

inline long page_port(const char* text) {
  const long port = number(text);
  if (port < 1 || port > 65535) fail("http: a port is 1 to 65535");
  return port;
}

}  // namespace guest
