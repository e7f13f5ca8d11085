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

/// A network server of the user's own, unpacked: what every stack that can starts alike.
struct Application {
  std::filesystem::path root;  ///< the image's files; every instance gets a copy
  std::vector<std::string> argv;
  std::vector<std::string> environment;  ///< with PATH and HOME
  std::string folder;                    ///< it starts in, seen from its root
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups = {};
  int port = 0;  ///< TCP, where it answers
};

/// The image as an application: its user looked up in its own /etc/passwd and /etc/group, its
/// command on its own PATH (argv[0] becomes the whole path). What is wrong becomes issues.
std::optional<Application> application_of(const Image& image, const std::filesystem::path& root,
                                          int port, Issues& issues);

/// One instance of an application, ready to be started, and what must live as long as it does.
struct Stage {
  explicit Stage(Network::Port port) : network(port) {}

  OwnedFolder folder;
  Network network;
  Launch launch;  ///< with payload, peer and peer_network
};

/// A copy of the application's files, owners and all.
void copy_root(const Application& application, const std::filesystem::path& to);

}  // namespace strata
