#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "real-harness/application/image.h"
#include "real-harness/owned/network.h"
#include "real-harness/owned/owned.h"

namespace strata {

/// A network server, unpacked: what every stack that can starts alike. It is the user's own, or the
/// guest program's (its step `http`).
struct Application {
  std::filesystem::path root;  ///< the image's files; every instance gets a copy
  std::vector<std::string> argv;
  std::vector<std::string> environment;  ///< with PATH and HOME
  std::string folder;                    ///< it starts in, seen from its root
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups = {};
  int port = 0;          ///< TCP, where it answers
  bool is_page = false;  ///< it is the guest program's, which stacks without files have, too
};

/// The guest program's web server of one page, with its files put into a folder that is not there
/// yet.
Application page_server(const std::filesystem::path& guest, const std::filesystem::path& root,
                        int port);

/// The image as an application: its user looked up in its own /etc/passwd and /etc/group, its
/// command on its own PATH (argv[0] becomes the whole path). What is wrong becomes issues.
std::optional<Application> application_of(const Image& image, const std::filesystem::path& root,
                                          int port, Issues& issues);

/// One instance of an application, ready to be started, and what must live as long as it does.
struct Stage {
  explicit Stage(Network::Port port) : network(port) {}

  OwnedFolder folder;
  Network network;
  Fd device;      ///< Launch::device, where it has one
  Launch launch;  ///< with payload, peer and peer_network
};

/// A copy of the application's files, owners and all.
void copy_root(const Application& application, const std::filesystem::path& to);

}  // namespace strata
