/* Produces readiness for a consumer in another process, and counts that process's CPU time only.
 *
 * It creates the descriptors (eventfds or pipes), starts the consumer with them inherited (their numbers
 * in $DESCRIPTORS, separated by commas), waits for its line "ready", and then signals each descriptor
 * anew as soon as the last signal has been read (or, with --rate, so many times a second in all). It sees
 * what has been read with poll(2) on its own side: the consumer need not acknowledge anything.
 * On SIGTERM the consumer prints {"callbacks": n, "reads": n}, and every signal must have been read once.
 * Prints one line of JSON. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "clock.h"
#include "cpu.h"
#include "fail.h"
#include "number.h"

const char* const program_name = "signal-load";

#define MOST 4096
#define GLANCE 16     /* how many descriptors are looked at in one poll */
#define BREATH_NS 500 /* how long it waits when nothing has been read */
#define TIMEOUT_S 10

static int count = 1, producer_core = -1, consumer_core = -1;
static double seconds = 3, warmup = 1, rate = 0;
static bool pipes;

static struct pollfd watched[MOST]; /* the ends that the consumer reads */
static int written[MOST];           /* the ends that are written: the same for an eventfd */
static uint64_t signals, refused;
static pid_t consumer;
static int consumer_output;

static void kill_consumer(void) {
  if (consumer > 0) kill(consumer, SIGKILL);
}

static void on_alarm(int signal) {
  (void)signal;
  static const char text[] = "signal-load: gave up: the consumer does not answer\n";
  if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(1);
  kill_consumer();
  _exit(1);
}

static void pin(int core) {
  if (core < 0) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof set, &set) < 0) failed("sched_setaffinity");
}

static void create_descriptors(void) {
  for (int index = 0; index < count; index++) {
    int pair[2];
    if (pipes) {
      if (pipe2(pair, O_NONBLOCK) < 0) failed("pipe2");
      fcntl(pair[1], F_SETFD, FD_CLOEXEC);
    } else {
      pair[0] = pair[1] = eventfd(0, EFD_NONBLOCK);
      if (pair[0] < 0) failed("eventfd");
    }
    watched[index] = (struct pollfd){.fd = pair[0], .events = POLLIN};
    written[index] = pair[1];
  }
}

static void start_consumer(char** command) {
  static char list[MOST * 8];
  size_t length = 0;
  for (int index = 0; index < count; index++) {
    length += (size_t)snprintf(list + length, sizeof list - length, index == 0 ? "%d" : ",%d",
                               watched[index].fd);
  }
  setenv("DESCRIPTORS", list, 1);
  int output[2];
  if (pipe2(output, O_CLOEXEC) < 0) failed("pipe2");
  consumer = fork();
  if (consumer < 0) failed("fork");
  if (consumer == 0) {
    pin(consumer_core);
    dup2(output[1], STDOUT_FILENO);
    execvp(command[0], command);
    failed(command[0]);
  }
  atexit(kill_consumer);
  close(output[1]);
  consumer_output = output[0];
}

/* Reads one line of the consumer's output. */
static void read_line(char* line, size_t size) {
  size_t length = 0;
  for (;;) {
    struct pollfd output = {.fd = consumer_output, .events = POLLIN};
    if (poll(&output, 1, TIMEOUT_S * 1000) <= 0) fail("the consumer says nothing");
    if (length + 1 == size || read(consumer_output, line + length, 1) != 1) {
      fail("the consumer ended before its time");
    }
    if (line[length] == '\n') break;
    length++;
  }
  line[length] = '\0';
}

static void send_signal(int index) {
  /* A pipe gets one byte, an eventfd its 8: a larger write to a pipe would need several reads. */
  static const uint64_t one = 1;
  if (write(written[index], &one, pipes ? 1 : sizeof one) < 0) failed("write");
  signals++;
}

static int64_t last_read;

/* Descriptors become ready, and are read, in the order in which they were signalled. So only the oldest
 * signals are looked at, a few at a time: looking at all of them would make the producer the slower side,
 * and would have it fight the consumer for every descriptor's lock. Returns whether any had been read. */
static bool signal_read_ones(void) {
  static int oldest;
  const int left = count - oldest;
  const int looked_at = left < GLANCE ? left : GLANCE;
  if (poll(watched + oldest, (nfds_t)looked_at, 0) < 0) failed("poll");
  int read = 0;
  while (read < looked_at && !(watched[oldest + read].revents & POLLIN)) send_signal(oldest + read++);
  oldest = (oldest + read) % count;
  return read > 0;
}

static void run_saturated(double duration) {
  const int64_t end = now_ns() + (int64_t)(duration * SECOND_NS);
  for (int64_t now = now_ns(); now < end; now = now_ns()) {
    if (signal_read_ones()) {
      last_read = now;
      continue;
    }
    if (now - last_read > TIMEOUT_S * SECOND_NS) fail("nothing was read for %d s", TIMEOUT_S);
    while (now_ns() - now < BREATH_NS) continue;
  }
}

/* One descriptor after the other, at fixed times; a signal that is not read in time for the next one to
 * its descriptor is not repeated, but counted as refused. */
static void run_paced(double duration) {
  const int64_t start = now_ns();
  const uint64_t ticks = (uint64_t)(duration * rate);
  for (uint64_t tick = 0; tick < ticks; tick++) {
    const int64_t due = start + (int64_t)((double)tick * SECOND_NS / rate);
    const struct timespec time = {due / SECOND_NS, due % SECOND_NS};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
    const int index = (int)(tick % (uint64_t)count);
    if (poll(&watched[index], 1, 0) < 0) failed("poll");
    if (watched[index].revents & POLLIN) {
      refused++;
    } else {
      send_signal(index);
    }
  }
}

static void run_for(double duration) {
  if (rate > 0) {
    run_paced(duration);
  } else {
    run_saturated(duration);
  }
}

static void await_all_read(void) {
  const int64_t start = now_ns();
  for (;;) {
    if (poll(watched, (nfds_t)count, 0) == 0) return;
    if (now_ns() - start > TIMEOUT_S * SECOND_NS) fail("the last signals were not read");
    usleep(1000);
  }
}

static void parse(int argc, char** argv) {
  static const struct option long_options[] = {{"kind", required_argument, NULL, 'k'},
                                               {"descriptors", required_argument, NULL, 'd'},
                                               {"seconds", required_argument, NULL, 't'},
                                               {"warmup", required_argument, NULL, 'w'},
                                               {"rate", required_argument, NULL, 'r'},
                                               {"producer-core", required_argument, NULL, 'p'},
                                               {"consumer-core", required_argument, NULL, 'c'},
                                               {NULL, 0, NULL, 0}};
  int letter, index = 0;
  while ((letter = getopt_long(argc, argv, "+", long_options, &index)) != -1) {
    const char* name = long_options[index].name;
    switch (letter) {
      case 'k':
        pipes = strcmp(optarg, "pipe") == 0;
        if (!pipes && strcmp(optarg, "eventfd") != 0) fail("--kind must be eventfd or pipe");
        break;
      case 'd': count = (int)integer_option(name, optarg, 1, MOST); break;
      case 't': seconds = number_option(name, optarg, 0.01, 86400); break;
      case 'w': warmup = number_option(name, optarg, 0, 86400); break;
      case 'r': rate = number_option(name, optarg, 0, 1e7); break;
      case 'p': producer_core = (int)integer_option(name, optarg, 0, CPU_SETSIZE - 1); break;
      case 'c': consumer_core = (int)integer_option(name, optarg, 0, CPU_SETSIZE - 1); break;
      default: exit(2);
    }
  }
  if (optind == argc) fail("usage: signal-load [options] COMMAND [argument...]");
}

int main(int argc, char** argv) {
  parse(argc, argv);
  signal(SIGALRM, on_alarm);
  signal(SIGPIPE, SIG_IGN);
  alarm((unsigned)(warmup + seconds) + 4 * TIMEOUT_S);
  create_descriptors();
  start_consumer(argv + optind);
  pin(producer_core);
  prctl(PR_SET_TIMERSLACK, 1UL);

  char line[256];
  read_line(line, sizeof line);
  if (strcmp(line, "ready") != 0) fail("the consumer said \"%s\" instead of \"ready\"", line);
  last_read = now_ns();
  run_for(warmup);
  const struct cpu_time cpu_before = cpu_time_of(&consumer, 1);
  const struct sched_time sched_before = sched_time_of(&consumer, 1);
  const int64_t before = now_ns();
  const uint64_t signals_before = signals;
  refused = 0;
  run_for(seconds);
  const double elapsed = (double)(now_ns() - before) / SECOND_NS;
  const struct cpu_time cpu = cpu_time_between(cpu_before, cpu_time_of(&consumer, 1));
  const struct sched_time sched = sched_time_between(sched_before, sched_time_of(&consumer, 1));
  const double running = (double)sched.running / 1e9;
  const double events = (double)(signals - signals_before);

  await_all_read();
  unsigned long long callbacks, reads;
  kill(consumer, SIGTERM);
  read_line(line, sizeof line);
  if (sscanf(line, "{\"callbacks\":%llu,\"reads\":%llu}", &callbacks, &reads) != 2) {
    fail("the consumer said \"%s\" at its end", line);
  }
  if (reads != signals) {
    fail("%llu signals were sent, and %llu read", (unsigned long long)signals, reads);
  }
  if (events == 0) fail("no signal was read while measuring");
  printf("{\"kind\":\"%s\",\"descriptors\":%d,\"seconds\":%.4f,\"events\":%.0f,", pipes ? "pipe" : "eventfd",
         count, elapsed, events);
  printf("\"refused\":%llu,\"eventsPerSecond\":%.0f,\"eventsPerCallback\":%.2f,",
         (unsigned long long)refused, events / elapsed, (double)reads / (double)callbacks);
  printf("\"waited\":%.4f,", (double)sched.waiting / 1e9 / elapsed);
  printf("\"cpuSeconds\":%.4f,\"cpuUsPerEvent\":{\"total\":%.4f,", running, running * 1e6 / events);
  /* The total is exact; the split is counted in ticks, and says nothing when there are few. */
  const double ticks = cpu.user + cpu.system;
  if (ticks < 0.3) {
    puts("\"user\":null}}");
  } else {
    printf("\"user\":%.4f}}\n", running * cpu.user / ticks * 1e6 / events);
  }
  return 0;
}
