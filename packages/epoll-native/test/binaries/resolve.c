/* resolve BINARY: loads it with every symbol bound at once and looks for its entry points. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char** argv) {
  void* library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : 0;
  if (library == 0 || dlsym(library, "napi_register_module_v1") == 0 ||
      dlsym(library, "node_api_module_get_api_version_v1") == 0) {
    fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: resolve BINARY");
    return 1;
  }
  return 0;
}
