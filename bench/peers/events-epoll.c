/* The consumer of suites/epoll-package.mjs in C: what the kernel's part of an event costs. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "../load/fail.h"

const char* const program_name = "events-epoll";

#define EVENTS 1024

static volatile sig_atomic_t ended, asked;

static void on_signal(int signal) {
  asked = 1;
  if (signal == SIGTERM) ended = 1;
}

int main(void) {
  const struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGUSR2, &action, NULL);
  const bool stays_ready = getenv("STAYS_READY") != NULL;
  const char* list = getenv("DESCRIPTORS");
  if (list == NULL) fail("DESCRIPTORS is not set");
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) failed("epoll_create1");
  for (char* next; *list != '\0'; list = *next == ',' ? next + 1 : next) {
    const int fd = (int)strtol(list, &next, 10);
    if (next == list) fail("DESCRIPTORS is no list of numbers");
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) failed("epoll_ctl");
  }
  puts("ready");
  fflush(stdout);

  unsigned long long callbacks = 0, done = 0;
  struct epoll_event events[EVENTS];
  char buffer[8];
  while (!ended) {
    const int count = epoll_wait(epoll_fd, events, EVENTS, -1);
    if (count > 0) callbacks++;
    for (int index = 0; index < count; index++) {
      if (stays_ready || read(events[index].data.fd, buffer, sizeof buffer) > 0) done++;
    }
    if (asked) {
      asked = 0;
      printf("{\"callbacks\":%llu,\"events\":%llu}\n", callbacks, done);
      fflush(stdout);
    }
  }
  return 0;
}
