#pragma once

namespace guest::net {

/// Opens the port of the words `http PORT`.
long prepare_http(char** words);

/// Answers every request (RFC 9112) with one page of 612 bytes, until the instance is ended:
/// whatever it asks for, and on connections that stay open. A request ends with an empty line; one
/// with a body is not understood.
void http(char** words, long);

}  // namespace guest::net
