// The few functions of the C++ runtime that this addon needs, so that it links no libstdc++:
// a binary then loads wherever its libc does. Nothing here throws; the addon is built for -fno-exceptions.
#include <cstddef>
#include <cstdlib>
#include <new>

#define REARM_HIDDEN __attribute__((visibility("hidden")))

void* operator new(std::size_t size) {
  void* memory = std::malloc(size != 0 ? size : 1);
  if (memory == nullptr) std::abort();
  return memory;
}
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

#ifdef __GLIBCXX__
namespace std {
[[noreturn]] REARM_HIDDEN void __throw_length_error(const char*) { std::abort(); }
[[noreturn]] REARM_HIDDEN void __throw_logic_error(const char*) { std::abort(); }
[[noreturn]] REARM_HIDDEN void __throw_bad_alloc() { std::abort(); }
[[noreturn]] REARM_HIDDEN void __throw_bad_array_new_length() { std::abort(); }
[[noreturn]] REARM_HIDDEN void __throw_out_of_range_fmt(const char*, ...) { std::abort(); }
[[noreturn]] REARM_HIDDEN void __throw_bad_function_call() { std::abort(); }
}  // namespace std
#endif

extern "C" REARM_HIDDEN void __cxa_pure_virtual() { std::abort(); }
