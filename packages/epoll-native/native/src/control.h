#ifndef REARM_CONTROL_H_
#define REARM_CONTROL_H_

#include <sys/socket.h>

#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

namespace rearm {

// Whether a control message brought descriptors into this process: those that a peer sent, or the one that
// SO_PASSPIDFD (Linux 6.5) adds to every message.
inline bool HoldsDescriptors(const cmsghdr* header) {
  return header->cmsg_level == SOL_SOCKET &&
         (header->cmsg_type == SCM_RIGHTS || header->cmsg_type == SCM_PIDFD);
}

}  // namespace rearm

#endif  // REARM_CONTROL_H_
