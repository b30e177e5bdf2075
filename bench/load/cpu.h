/* The CPU time that processes have used, all their threads together, from /proc/<pid>/stat.
 * Its unit is the clock tick (10 ms as a rule): measure for seconds, not for milliseconds. */
#ifndef REARM_BENCH_CPU_H
#define REARM_BENCH_CPU_H

#include <dirent.h>
#include <stdint.h>
#include <sys/types.h>
#include <unistd.h>

#include "fail.h"

struct cpu_time {
  double user;
  double system;
};

static inline struct cpu_time cpu_time_of(const pid_t* pids, int count) {
  struct cpu_time sum = {0, 0};
  const double tick = (double)sysconf(_SC_CLK_TCK);
  for (int index = 0; index < count; index++) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pids[index]);
    FILE* file = fopen(path, "re");
    if (file == NULL) fail("process %d is gone: %s", (int)pids[index], strerror(errno));
    const size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    /* The name, in brackets, may itself hold brackets and blanks: the fields start after the last. */
    const char* fields = strrchr(text, ')');
    unsigned long long user, system;
    char state;
    if (fields == NULL || sscanf(fields + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
                                 &state, &user, &system) != 3) {
      fail("%s cannot be understood", path);
    }
    if (state == 'Z' || state == 'X') fail("process %d has ended", (int)pids[index]);
    sum.user += (double)user / tick;
    sum.system += (double)system / tick;
  }
  return sum;
}

static inline struct cpu_time cpu_time_between(struct cpu_time from, struct cpu_time to) {
  return (struct cpu_time){to.user - from.user, to.system - from.system};
}

/* From /proc/<pid>/task/<tid>/schedstat, in nanoseconds, of the threads that are alive: how long they ran,
 * which the clock tick would round away for a process that is mostly idle; and how long they were ready to
 * run and had to wait because the core was busy with somebody else, which says how disturbed a run was. */
struct sched_time {
  uint64_t running;
  uint64_t waiting;
};

static inline struct sched_time sched_time_of(const pid_t* pids, int count) {
  struct sched_time sum = {0, 0};
  for (int index = 0; index < count; index++) {
    char path[300];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pids[index]);
    DIR* tasks = opendir(path);
    if (tasks == NULL) fail("process %d is gone: %s", (int)pids[index], strerror(errno));
    for (const struct dirent* task; (task = readdir(tasks)) != NULL;) {
      if (task->d_name[0] == '.') continue;
      snprintf(path, sizeof path, "/proc/%d/task/%.20s/schedstat", (int)pids[index], task->d_name);
      FILE* file = fopen(path, "re");
      unsigned long long running, waiting;
      if (file == NULL) continue; /* a thread that has just ended, or a kernel without schedstat */
      if (fscanf(file, "%llu %llu", &running, &waiting) == 2) {
        sum.running += running;
        sum.waiting += waiting;
      }
      fclose(file);
    }
    closedir(tasks);
  }
  return sum;
}

/* How long a core was busy so far, or was taken away by the host, in seconds; 0 without a core. */
static inline double busy_time_of(int core) {
  if (core < 0) return 0;
  char name[16], line[256];
  const int length = snprintf(name, sizeof name, "cpu%d ", core);
  FILE* file = fopen("/proc/stat", "re");
  if (file == NULL) failed("/proc/stat");
  unsigned long long user, nice, system, irq, softirq, steal, sum = 0;
  while (fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, name, (size_t)length) != 0) continue;
    if (sscanf(line + length, "%llu %llu %llu %*u %*u %llu %llu %llu", &user, &nice, &system, &irq,
               &softirq, &steal) == 6) {
      sum = user + nice + system + irq + softirq + steal;
    }
  }
  fclose(file);
  return (double)sum / (double)sysconf(_SC_CLK_TCK);
}

static inline struct sched_time sched_time_between(struct sched_time from, struct sched_time to) {
  return (struct sched_time){to.running - from.running, to.waiting - from.waiting};
}

#endif
