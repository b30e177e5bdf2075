/* For the test rig alone (scripts/runtimes/musl-rig.mjs): what a Node built for glibc, and the C++ libraries that it
   brings, take from glibc and musl has not. Each does just enough for Node to start and run a test. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

char __libc_single_threaded = 0;

uint32_t arc4random(void) {
  uint32_t value = 0;
  getrandom(&value, sizeof value, 0);
  return value;
}

size_t __strftime_l(char* text, size_t size, const char* format, const struct tm* time, locale_t locale) {
  return strftime_l(text, size, format, time, locale);
}

/* The unwinder falls back to dl_iterate_phdr. */
int _dl_find_object(void* address, void* result) { return -1; }

/* Destructors of thread_local objects. */
struct destructor {
  void (*function)(void*);
  void* object;
  struct destructor* next;
};
static pthread_key_t destructors;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void run_destructors(void* list) {
  struct destructor* each = list;
  while (each) {
    struct destructor* next = each->next;
    each->function(each->object);
    free(each);
    each = next;
  }
}
static void make_key(void) { pthread_key_create(&destructors, run_destructors); }
int __cxa_thread_atexit_impl(void (*function)(void*), void* object, void* dso) {
  pthread_once(&once, make_key);
  struct destructor* added = malloc(sizeof *added);
  added->function = function;
  added->object = object;
  added->next = pthread_getspecific(destructors);
  pthread_setspecific(destructors, added);
  return 0;
}

/* Nothing of what the processor has is used. */
int __cpu_indicator_init(void) { return 0; }
struct {
  unsigned vendor, type, subtype, features[4];
} __cpu_model;

unsigned long __getauxval(unsigned long type) { return getauxval(type); }

int fcntl64(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  unsigned long argument = va_arg(arguments, unsigned long);
  va_end(arguments);
  return fcntl(fd, command, argument);
}

int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void* dso) {
  return pthread_atfork(prepare, parent, child);
}
int __pthread_key_create(pthread_key_t* key, void (*function)(void*)) {
  return pthread_key_create(key, function);
}

int backtrace(void** frames, int size) { return 0; }
char** backtrace_symbols(void* const* frames, int size) { return 0; }
void backtrace_symbols_fd(void* const* frames, int size, int fd) {}

int getcontext(void* context) { abort(); }
int setcontext(void* context) { abort(); }
void makecontext(void* context, void (*function)(void), int count, ...) { abort(); }

const char* gnu_get_libc_version(void) { return "0-musl-shim"; }

/* V8 asks where the main thread's stack ends. glibc has the variable in memory that is read-only later, and
   so may the linker place it here. */
void* __libc_stack_end;
extern char** environ;
__attribute__((constructor)) static void set_stack_end(void) {
  uintptr_t page = (uintptr_t)&__libc_stack_end & ~4095ul;
  mprotect((void*)page, 4096, PROT_READ | PROT_WRITE);
  __libc_stack_end = environ;
}
