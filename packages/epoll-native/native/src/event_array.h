#ifndef REARM_EVENT_ARRAY_H_
#define REARM_EVENT_ARRAY_H_

#include <limits.h>
#include <sys/epoll.h>

#include "buffers.h"

namespace rearm {

// The memory of an EpollEvents, as epoll_wait(2) takes it.
struct EventArray {
  EventArray() = default;
  explicit EventArray(const Span& span) : events(reinterpret_cast<epoll_event*>(span.data)) {
    // The kernel refuses more than INT_MAX bytes of events.
    constexpr size_t kMost = INT_MAX / sizeof(epoll_event);
    const size_t whole = span.length / sizeof(epoll_event);
    capacity = static_cast<int>(whole < kMost ? whole : kMost);
  }

  epoll_event* events = nullptr;
  int capacity = 0;
};

}  // namespace rearm

#endif  // REARM_EVENT_ARRAY_H_
