/* The baseline: the leanest honest echo on epoll in C. Level-triggered, one thread, accept4, one recv
 * and one send per readiness (cheaper than read and write), nothing allocated unless a client does not take its answer. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../load/fail.h"
#include "../load/number.h"

const char* const program_name = "echo-epoll";

#define BUFFER 65536
#define EVENTS 1024

/* What a client has not taken yet; while there is any, that client is not read. */
struct pending {
  char* bytes;
  size_t from, length;
};

static struct pending* pending;
static size_t pending_size;
static int epoll_fd;
static char buffer[BUFFER];

static void watch(int fd, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  if (epoll_ctl(epoll_fd, operation, fd, &event) < 0) failed("epoll_ctl");
}

static void drop(int fd) {
  free(pending[fd].bytes);
  pending[fd] = (struct pending){NULL, 0, 0};
  close(fd);
}

static void keep(int fd, const char* bytes, size_t length) {
  char* copy = malloc(length);
  if (copy == NULL) fail("out of memory");
  memcpy(copy, bytes, length);
  pending[fd] = (struct pending){copy, 0, length};
  watch(fd, EPOLL_CTL_MOD, EPOLLOUT);
}

static void accept_one(int listener) {
  const int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return;
    failed("accept4");
  }
  if ((size_t)fd >= pending_size) fail("descriptor %d is above the limit", fd);
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  watch(fd, EPOLL_CTL_ADD, EPOLLIN);
}

static void echo(int fd) {
  const ssize_t length = recv(fd, buffer, BUFFER, 0);
  if (length <= 0) {
    if (length == 0 || (errno != EAGAIN && errno != EINTR)) drop(fd);
    return;
  }
  ssize_t written = send(fd, buffer, (size_t)length, MSG_NOSIGNAL);
  if (written == length) return;
  if (written < 0) {
    if (errno != EAGAIN && errno != EINTR) return drop(fd);
    written = 0;
  }
  keep(fd, buffer + written, (size_t)(length - written));
}

static void flush(int fd) {
  struct pending* rest = &pending[fd];
  const ssize_t written = send(fd, rest->bytes + rest->from, rest->length - rest->from, MSG_NOSIGNAL);
  if (written < 0) {
    if (errno != EAGAIN && errno != EINTR) drop(fd);
    return;
  }
  rest->from += (size_t)written;
  if (rest->from < rest->length) return;
  free(rest->bytes);
  *rest = (struct pending){NULL, 0, 0};
  watch(fd, EPOLL_CTL_MOD, EPOLLIN);
}

static int listen_on(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) failed("socket");
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(fd, (struct sockaddr*)&address, size) < 0) failed("bind");
  if (listen(fd, 4096) < 0) failed("listen");
  if (getsockname(fd, (struct sockaddr*)&address, &size) < 0) failed("getsockname");
  printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

int main(int argc, char** argv) {
  static const struct option long_options[] = {{"port", required_argument, NULL, 'p'},
                                               {NULL, 0, NULL, 0}};
  uint16_t port = 0;
  int letter;
  while ((letter = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
    if (letter != 'p') return 2;
    port = (uint16_t)integer_option("port", optarg, 0, 65535);
  }
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  pending_size = limit.rlim_cur < 1 << 20 ? (size_t)limit.rlim_cur : 1 << 20;
  pending = calloc(pending_size, sizeof *pending);
  if (pending == NULL) fail("out of memory");

  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) failed("epoll_create1");
  const int listener = listen_on(port);
  watch(listener, EPOLL_CTL_ADD, EPOLLIN);
  struct epoll_event events[EVENTS];
  for (;;) {
    const int count = epoll_wait(epoll_fd, events, EVENTS, -1);
    if (count < 0 && errno != EINTR) failed("epoll_wait");
    for (int index = 0; index < count; index++) {
      const int fd = events[index].data.fd;
      if (fd == listener) {
        accept_one(fd);
      } else if (events[index].events & EPOLLOUT) {
        flush(fd);
      } else {
        echo(fd);
      }
    }
  }
}
