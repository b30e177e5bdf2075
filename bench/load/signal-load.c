/* Produces readiness for a consumer in another process (consumer.h), and counts that process's CPU time only.
 *
 * It creates the descriptors (eventfds or pipes), starts the consumer, and signals each descriptor anew as soon
 * as the last signal has been read (or, with --rate, so many times a second in all). It sees what has been read
 * with poll(2) on its own side: the consumer need not acknowledge anything. At the end every signal must have been
 * read once.
 *
 * With --stays-ready nobody reads ($STAYS_READY tells the consumer): every descriptor is signalled once, the consumer
 * is told of it again and again, and after the time the signal is taken back. So the consumer is idle before and
 * after, when its CPU time and its own count of events are taken: they belong to the same events, all of them.
 * Prints one line of JSON. */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "clock.h"
#include "consumer.h"
#include "cpu.h"
#include "fail.h"
#include "number.h"

const char* const program_name = "signal-load";

#define MOST 4096
#define GLANCE 16     /* how many descriptors are looked at in one poll */
#define BREATH_NS 500 /* how long it waits when nothing has been read */

static int count = 1, producer_core = -1, consumer_core = -1;
static double seconds = 3, warmup = 1, rate = 0;
static bool pipes, stays_ready;

static struct pollfd watched[MOST]; /* the ends that the consumer reads */
static int written[MOST];           /* the ends that are written: the same for an eventfd */
static uint64_t signals, refused;

static void on_alarm(int signal) {
  (void)signal;
  static const char text[] = "signal-load: gave up: the consumer does not answer\n";
  if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(1);
  kill_consumer();
  _exit(1);
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

static void name_descriptors(void) {
  static char list[MOST * 8];
  size_t length = 0;
  for (int index = 0; index < count; index++) {
    length += (size_t)snprintf(list + length, sizeof list - length, index == 0 ? "%d" : ",%d",
                               watched[index].fd);
  }
  setenv("DESCRIPTORS", list, 1);
  if (stays_ready) setenv("STAYS_READY", "1", 1);
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

static void take_back(int index) {
  uint64_t value = 0;
  const ssize_t length = read(watched[index].fd, &value, sizeof value);
  if (length != (pipes ? 1 : (ssize_t)sizeof value) || value != 1) {
    fail("the consumer has read a descriptor that was to stay ready");
  }
}

static void run_ready(double duration) {
  for (int index = 0; index < count; index++) send_signal(index);
  usleep((useconds_t)(duration * 1e6));
  for (int index = 0; index < count; index++) take_back(index);
}

/* Returns how long it took, in seconds. */
static double run_for(double duration) {
  const int64_t start = now_ns();
  if (stays_ready) {
    run_ready(duration);
  } else if (rate > 0) {
    run_paced(duration);
  } else {
    run_saturated(duration);
  }
  const double elapsed = (double)(now_ns() - start) / SECOND_NS;
  if (stays_ready) await_idle();
  return elapsed;
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
                                               {"stays-ready", no_argument, NULL, 's'},
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
      case 's': stays_ready = true; break;
      case 'p': producer_core = (int)integer_option(name, optarg, 0, CPU_SETSIZE - 1); break;
      case 'c': consumer_core = (int)integer_option(name, optarg, 0, CPU_SETSIZE - 1); break;
      default: exit(2);
    }
  }
  if (stays_ready && rate > 0) fail("--stays-ready signals once, --rate again and again: not both");
  if (optind == argc) fail("usage: signal-load [options] COMMAND [argument...]");
}

int main(int argc, char** argv) {
  parse(argc, argv);
  signal(SIGALRM, on_alarm);
  signal(SIGPIPE, SIG_IGN);
  alarm((unsigned)(warmup + seconds) + 4 * TIMEOUT_S);
  create_descriptors();
  name_descriptors();
  start_consumer(argv + optind, consumer_core);
  pin(producer_core);
  prctl(PR_SET_TIMERSLACK, 1UL);

  await_ready();
  last_read = now_ns();
  run_for(warmup);
  const uint64_t events_before = stays_ready ? ask_consumer(SIGUSR2).events : signals;
  if (stays_ready) await_idle();
  const struct cpu_time cpu_before = cpu_time_of(&consumer, 1);
  const struct sched_time sched_before = sched_time_of(&consumer, 1);
  const double busy_before = busy_time_of(consumer_core);
  refused = 0;
  const double elapsed = run_for(seconds);
  const uint64_t signals_after = signals;
  const double busy = busy_time_of(consumer_core) - busy_before;
  const struct cpu_time cpu = cpu_time_between(cpu_before, cpu_time_of(&consumer, 1));
  const struct sched_time sched = sched_time_between(sched_before, sched_time_of(&consumer, 1));
  const double running = (double)sched.running / 1e9;

  if (!stays_ready) await_all_read();
  const struct report report = ask_consumer(SIGTERM);
  if (!stays_ready && report.events != signals) {
    fail("%llu signals were sent, and %llu read", (unsigned long long)signals, report.events);
  }
  const double events = (double)((stays_ready ? report.events : signals_after) - events_before);
  if (events == 0) fail("there was no event while measuring");
  /* A pinned consumer's threads wait for each other: what counts is what others used of the core. */
  const double waited = consumer_core < 0 ? (double)sched.waiting / 1e9 : busy - running;
  printf("{\"kind\":\"%s\",\"descriptors\":%d,\"seconds\":%.4f,\"events\":%.0f,", pipes ? "pipe" : "eventfd",
         count, elapsed, events);
  printf("\"refused\":%llu,\"eventsPerSecond\":%.0f,\"eventsPerCallback\":%.2f,",
         (unsigned long long)refused, events / elapsed, (double)report.events / (double)report.callbacks);
  printf("\"waited\":%.4f,", waited > 0 ? waited / elapsed : 0);
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
