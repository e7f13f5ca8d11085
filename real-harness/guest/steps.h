#pragma once

namespace guest {

/// One kind of step. `prepare` runs before the mark `main`: it opens what the step needs and
/// returns a handle for `run`, which does the step; both get the step's words, its name first.
struct Step {
  const char* name;
  int arguments;
  bool memory;  ///< it works in `buffer`
  long (*prepare)(char** words);
  void (*run)(char** words, long handle);
};

/// The working memory of all steps. Only a life with a step that needs it touches it.
constexpr unsigned long kBufferSize = 128 << 10;
extern char buffer[kBufferSize];  // begins on a page

/// The answer of a step that measures: "NAME ns=TOTAL count=N", and " sent=M" if there is one.
void answer(const char* name, long ns, long count, long sent = -1);

long no_preparation(char** words);

// serve.cpp: the side of the network that is measured
long prepare_serve(char** words);
void serve(char** words, long listener);

// linux/http.cpp, unikernel/net/http.cpp: a web server of one page, for ever
long prepare_http(char** words);
void http(char** words, long listener);

// peer.cpp: the side that measures
void tcp_send(char** words, long);
void tcp_receive(char** words, long);
void tcp_round_trips(char** words, long);
void udp_send(char** words, long);
void udp_receive(char** words, long);
void stream(char** words, long);
void first_answer(char** words, long);
/// After the last step: says to whoever was served last that nothing more comes.
void leave_served();

// block.cpp
long prepare_block(char** words);
void block(char** words, long file);

}  // namespace guest
