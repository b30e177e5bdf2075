/* A closed-loop TCP load generator: every connection keeps `depth` messages in flight, and sends the
 * next one when an answer is complete. Every byte of every answer is checked against what it must be.
 * Prints one line of JSON; anything unexpected is one line on stderr and exit status 1. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "clock.h"
#include "cpu.h"
#include "fail.h"
#include "histogram.h"
#include "message.h"
#include "number.h"

const char* const program_name = "tcp-load";

#define SCRATCH 65536
#define EVENTS 1024
#define MOST_PIDS 64
/* How many connects are under way at a time: a listen backlog that overflows drops a SYN, and the
 * retransmission a second later would count as the server's. */
#define CONNECTING 128

static struct {
  struct sockaddr_in address;
  int connections, idle, depth, pid_count;
  size_t size;
  const char *ask, *expect, *pairs;
  double seconds, warmup, timeout, pause;
  pid_t pids[MOST_PIDS];
} options = {.connections = 64, .depth = 1, .size = 64, .seconds = 3, .warmup = 1, .timeout = 5};

struct connection {
  int fd;
  uint32_t id;
  bool active, connected, watches_output;
  uint64_t sent, received; /* bytes */
  uint64_t answered;       /* messages */
  uint64_t counted;        /* messages answered while measuring */
  int64_t* sent_at;        /* one per message in flight, at sequence % depth */
};

static struct connection* connections;
static int epoll_fd, connected, started;
static bool measuring, stopping;
static uint64_t in_flight, requests;
static int64_t last_progress;
static struct histogram latency;
static char input[SCRATCH], output[SCRATCH];

static void watch(struct connection* connection, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  if (epoll_ctl(epoll_fd, operation, connection->fd, &event) < 0) failed("epoll_ctl");
}

static __attribute__((noreturn)) void connection_failed(const struct connection* connection,
                                                        const char* what) {
  fail("connection %u: %s after %llu answers", connection->id, what,
       (unsigned long long)connection->answered);
}

static void begin_connect(void) {
  struct connection* connection = &connections[started];
  connection->id = (uint32_t)started;
  connection->active = started < options.connections;
  connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (connection->fd < 0) failed("socket");
  const int one = 1;
  setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(connection->fd, (struct sockaddr*)&options.address, sizeof options.address) < 0 &&
      errno != EINPROGRESS) {
    failed("connect");
  }
  started++;
  connection->watches_output = true;
  watch(connection, EPOLL_CTL_ADD, EPOLLOUT);
}

static void finish_connect(struct connection* connection) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    fail("connection %u to %s:%d failed: %s", connection->id, inet_ntoa(options.address.sin_addr),
         ntohs(options.address.sin_port), strerror(error));
  }
  connection->connected = true;
  connection->watches_output = false;
  connected++;
  watch(connection, EPOLL_CTL_MOD, EPOLLIN);
  if (started < options.connections + options.idle) begin_connect();
}

/* Sends whatever the connection may have in flight and has not sent. A message's text is computed
 * from its number, so a short write needs no buffer: the next call goes on where this one stopped. */
static void send_messages(struct connection* connection) {
  const size_t size = request.size;
  for (;;) {
    const uint64_t begun = (connection->sent + size - 1) / size;
    const uint64_t allowed = stopping ? begun : connection->answered + (uint64_t)options.depth;
    uint64_t position = connection->sent;
    size_t filled = 0;
    if (position == allowed * size) break;
    const int64_t now = now_ns();
    while (position < allowed * size && filled < SCRATCH) {
      const uint64_t sequence = position / size;
      const size_t from = (size_t)(position % size);
      size_t length = size - from;
      if (length > SCRATCH - filled) length = SCRATCH - filled;
      if (from == 0) connection->sent_at[sequence % (uint64_t)options.depth] = now;
      frame_copy(&request, output + filled, connection->id, sequence, from, length);
      filled += length;
      position += length;
    }
    const ssize_t written = send(connection->fd, output, filled, MSG_NOSIGNAL);
    if (written < 0 && errno != EAGAIN && errno != EINTR) {
      connection_failed(connection, strerror(errno));
    }
    if (written > 0) {
      const uint64_t before = (connection->sent + size - 1) / size;
      connection->sent += (uint64_t)written;
      in_flight += (connection->sent + size - 1) / size - before;
    }
    if (written < (ssize_t)filled) {
      if (connection->watches_output) return;
      connection->watches_output = true;
      watch(connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
      return;
    }
  }
  if (!connection->watches_output) return;
  connection->watches_output = false;
  watch(connection, EPOLL_CTL_MOD, EPOLLIN);
}

static __attribute__((noreturn)) void wrong_byte(const struct connection* connection,
                                                 uint64_t sequence, size_t from, size_t length,
                                                 const char* got) {
  size_t index = 0;
  while (index < length && got[index] == output[index]) index++;
  fail("connection %u: WRONG BYTE %zu of answer %llu: expected 0x%02x, received 0x%02x", connection->id,
       from + index, (unsigned long long)sequence, (unsigned char)output[index],
       (unsigned char)got[index]);
}

static void receive_answers(struct connection* connection) {
  const size_t size = answer.size;
  const ssize_t received = recv(connection->fd, input, SCRATCH, 0);
  if (received < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    connection_failed(connection, strerror(errno));
  }
  if (received == 0) connection_failed(connection, "closed by the server");
  if (connection->received + (uint64_t)received > answerable(connection->sent)) {
    connection_failed(connection, "the server answered more bytes than were sent,");
  }
  const int64_t now = now_ns();
  size_t checked = 0;
  while (checked < (size_t)received) {
    const uint64_t sequence = connection->received / size;
    const size_t from = (size_t)(connection->received % size);
    size_t length = size - from;
    if (length > (size_t)received - checked) length = (size_t)received - checked;
    frame_copy(&answer, output, connection->id, sequence, from, length);
    if (memcmp(output, input + checked, length) != 0) {
      wrong_byte(connection, sequence, from, length, input + checked);
    }
    checked += length;
    connection->received += length;
    if (from + length < size) break;
    connection->answered++;
    in_flight--;
    last_progress = now;
    if (!measuring) continue;
    requests++;
    connection->counted++;
    histogram_add(&latency, now - connection->sent_at[sequence % (uint64_t)options.depth]);
  }
  if (!stopping) send_messages(connection);
}

static void turn(const char* phase) {
  struct epoll_event events[EVENTS];
  const int count = epoll_wait(epoll_fd, events, EVENTS, 50);
  if (count < 0 && errno != EINTR) failed("epoll_wait");
  for (int index = 0; index < count; index++) {
    struct connection* connection = events[index].data.ptr;
    if (!connection->connected) {
      finish_connect(connection);
      last_progress = now_ns();
      continue;
    }
    if (events[index].events & EPOLLOUT) send_messages(connection);
    if (events[index].events & ~(uint32_t)EPOLLOUT) receive_answers(connection);
  }
  if ((double)(now_ns() - last_progress) > options.timeout * SECOND_NS) {
    fail("nothing happened for %g s while %s: %d of %d connected, %llu messages unanswered",
         options.timeout, phase, connected, options.connections + options.idle,
         (unsigned long long)in_flight);
  }
}

/* Answers are left to gather for a while, so that a slow server's come in few turns: they cost CPU time that the
 * server may want. Whoever says so must have enough in flight to keep the server busy meanwhile. */
static void pause_between_turns(void) {
  if (options.pause == 0) return;
  const int64_t length = (int64_t)(options.pause * 1e6);
  const struct timespec time = {.tv_sec = length / SECOND_NS, .tv_nsec = length % SECOND_NS};
  nanosleep(&time, NULL);
}

static void connect_all(void) {
  const int all = options.connections + options.idle;
  last_progress = now_ns();
  while (started < all && started < CONNECTING) begin_connect();
  while (connected < all) turn("connecting");
}

static void run_for(double seconds, const char* phase) {
  const int64_t end = now_ns() + (int64_t)(seconds * SECOND_NS);
  while (now_ns() < end) {
    turn(phase);
    pause_between_turns();
  }
}

static void on_alarm(int signal) {
  (void)signal;
  static const char text[] = "tcp-load: gave up: the run took far longer than it should\n";
  if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(1);
  _exit(1);
}

static void usage(void) {
  puts(
      "usage: tcp-load --port PORT [options]\n\n"
      "  --host ADDRESS      IPv4 address (127.0.0.1)\n"
      "  --connections N     connections that send (64)\n"
      "  --idle N            further connections that only stay open (0)\n"
      "  --depth N           messages in flight on each connection (1)\n"
      "  --size N            bytes per message (64)\n"
      "  --ask TEXT          send lines: TEXT, the message, a newline\n"
      "  --expect TEXT       expect lines: TEXT, the message, a newline\n"
      "  --pairs FILE        send the requests of a file instead and expect its answers: lines of\n"
      "                      REQUEST<tab>ANSWER, all of one length, of which each connection has its own\n"
      "  --warmup SECONDS    not counted (1)\n"
      "  --seconds SECONDS   counted (3)\n"
      "  --pause MS          look for answers no more often than that, to take less CPU from the server (0)\n"
      "  --timeout SECONDS   give up when nothing happens for so long (5)\n"
      "  --pid PID           count this process's CPU time; may be given several times");
  exit(0);
}

static void parse(int argc, char** argv) {
  static const struct option long_options[] = {
      {"host", required_argument, NULL, 'h'},    {"port", required_argument, NULL, 'p'},
      {"connections", required_argument, NULL, 'c'}, {"idle", required_argument, NULL, 'i'},
      {"depth", required_argument, NULL, 'd'},   {"size", required_argument, NULL, 's'},
      {"ask", required_argument, NULL, 'a'},     {"expect", required_argument, NULL, 'e'},
      {"pairs", required_argument, NULL, 'r'},
      {"seconds", required_argument, NULL, 't'}, {"warmup", required_argument, NULL, 'w'},
      {"pause", required_argument, NULL, 'u'},
      {"timeout", required_argument, NULL, 'o'}, {"pid", required_argument, NULL, 'P'},
      {"help", no_argument, NULL, 'H'},          {NULL, 0, NULL, 0}};
  options.address.sin_family = AF_INET;
  options.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int letter, index = 0;
  while ((letter = getopt_long(argc, argv, "", long_options, &index)) != -1) {
    const char* name = long_options[index].name;
    switch (letter) {
      case 'h':
        if (inet_pton(AF_INET, optarg, &options.address.sin_addr) != 1) {
          fail("--host must be an IPv4 address, not \"%s\"", optarg);
        }
        break;
      case 'p':
        options.address.sin_port = htons((uint16_t)integer_option(name, optarg, 1, 65535));
        break;
      case 'c': options.connections = (int)integer_option(name, optarg, 1, 1000000); break;
      case 'i': options.idle = (int)integer_option(name, optarg, 0, 1000000); break;
      case 'd': options.depth = (int)integer_option(name, optarg, 1, 65536); break;
      case 's': options.size = (size_t)integer_option(name, optarg, 1, 1 << 30); break;
      case 'a': options.ask = optarg; break;
      case 'e': options.expect = optarg; break;
      case 'r': options.pairs = optarg; break;
      case 't': options.seconds = number_option(name, optarg, 0.01, 86400); break;
      case 'w': options.warmup = number_option(name, optarg, 0, 86400); break;
      case 'u': options.pause = number_option(name, optarg, 0, 1000); break;
      case 'o': options.timeout = number_option(name, optarg, 0.1, 3600); break;
      case 'P':
        if (options.pid_count == MOST_PIDS) fail("at most %d times --pid", MOST_PIDS);
        options.pids[options.pid_count++] = (pid_t)integer_option(name, optarg, 1, 1L << 30);
        break;
      case 'H': usage(); break;
      default: exit(2);
    }
  }
  if (optind != argc) fail("unexpected argument \"%s\"", argv[optind]);
  if (options.address.sin_port == 0) fail("--port is missing");
}

static void prepare(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t needed = (rlim_t)(options.connections + options.idle) + 16;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < needed) fail("the limit of open files is %llu", (unsigned long long)limit.rlim_cur);

  connections = calloc((size_t)(options.connections + options.idle), sizeof *connections);
  int64_t* sent_at = calloc((size_t)options.connections * (size_t)options.depth, sizeof *sent_at);
  if (connections == NULL || sent_at == NULL) fail("out of memory");
  for (int index = 0; index < options.connections; index++) {
    connections[index].sent_at = sent_at + (size_t)index * (size_t)options.depth;
  }
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) failed("epoll_create1");
  payload_prepare();
  const bool lines = options.ask != NULL || options.expect != NULL;
  if (options.pairs != NULL && lines) fail("--pairs says everything: no --ask and no --expect");
  if (options.pairs != NULL) {
    use_pairs(options.pairs, options.connections);
  } else if (lines) {
    use_lines(options.ask != NULL ? options.ask : "", options.expect != NULL ? options.expect : "", options.size);
  } else {
    use_echo(options.size);
  }
  /* The last resort, should this program itself hang: each phase may stall once, and it is over. */
  signal(SIGALRM, on_alarm);
  alarm((unsigned)(options.warmup + options.seconds + 4 * options.timeout + 60));
}

static void report(double elapsed, struct cpu_time cpu, struct sched_time sched) {
  uint64_t fewest = UINT64_MAX, most = 0;
  for (int index = 0; index < options.connections; index++) {
    const uint64_t counted = connections[index].counted;
    if (counted < fewest) fewest = counted;
    if (counted > most) most = counted;
  }
  const double total = (double)requests, micro = 1e6 / total;
  printf("{\"connections\":%d,\"idle\":%d,\"depth\":%d,\"size\":%zu,\"seconds\":%.4f,", options.connections,
         options.idle, options.depth, request.size, elapsed);
  printf("\"requests\":%llu,\"requestsPerSecond\":%.0f,", (unsigned long long)requests, total / elapsed);
  printf("\"requestsPerConnection\":{\"fewest\":%llu,\"most\":%llu},", (unsigned long long)fewest,
         (unsigned long long)most);
  printf("\"latencyUs\":{\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p99_9\":%.1f,\"max\":%.1f}",
         histogram_percentile(&latency, 0.5) / 1e3, histogram_percentile(&latency, 0.9) / 1e3,
         histogram_percentile(&latency, 0.99) / 1e3, histogram_percentile(&latency, 0.999) / 1e3,
         (double)latency.max / 1e3);
  if (options.pid_count > 0) {
    printf(",\"waited\":%.4f", (double)sched.waiting / 1e9 / elapsed);
    printf(",\"cpuSeconds\":{\"user\":%.2f,\"system\":%.2f}", cpu.user, cpu.system);
    printf(",\"cpuUsPerRequest\":{\"total\":%.4f,\"user\":%.4f,\"system\":%.4f}",
           (cpu.user + cpu.system) * micro, cpu.user * micro, cpu.system * micro);
  }
  puts("}");
}

int main(int argc, char** argv) {
  parse(argc, argv);
  prepare();
  connect_all();
  for (int index = 0; index < options.connections; index++) send_messages(&connections[index]);
  run_for(options.warmup, "warming up");

  const struct cpu_time cpu_before = cpu_time_of(options.pids, options.pid_count);
  const struct sched_time sched_before = sched_time_of(options.pids, options.pid_count);
  const int64_t before = now_ns();
  measuring = true;
  run_for(options.seconds, "measuring");
  measuring = false;
  const struct cpu_time cpu_after = cpu_time_of(options.pids, options.pid_count);
  const struct sched_time sched_after = sched_time_of(options.pids, options.pid_count);
  const int64_t after = now_ns();

  /* What is under way is awaited, so that a lost answer shows, and no connection ends in a reset. */
  stopping = true;
  last_progress = now_ns();
  while (in_flight > 0) turn("awaiting the last answers");
  if (requests == 0) fail("no request was answered while measuring");
  report((double)(after - before) / SECOND_NS, cpu_time_between(cpu_before, cpu_after),
         sched_time_between(sched_before, sched_after));
  return 0;
}
