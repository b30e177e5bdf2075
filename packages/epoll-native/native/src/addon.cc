#include <napi.h>
#include <sys/epoll.h>

#include <cstddef>

#include "frame.h"
#include "instance.h"
#include "watcher.h"

namespace rearm {

void Finalize(Napi::Env env, Instance* instance) {
  instance->buffers.Clear(env);
  if (instance->frame_words != nullptr) napi_delete_reference(env, instance->frame_words);
  if (instance->array_keys != nullptr) napi_delete_reference(env, instance->array_keys);
  delete instance;
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  // Freed with the environment; the functions that hold it as data cannot be called any more by then.
  auto* instance = new Instance();
  env.SetInstanceData<Instance, Finalize>(instance);

  exports.Set("epollEventSize", Napi::Number::New(env, sizeof(epoll_event)));
  exports.Set("epollDataOffset", Napi::Number::New(env, offsetof(epoll_event, data)));
  exports.Set("hasUvPoll", Napi::Boolean::New(env, HasUvPoll()));

  if (!KeepIntrinsics(env, instance) || !ExportFrame(env, exports, instance) ||
      !ExportBuffers(env, exports, instance) || !ExportDescriptor(env, exports, instance) ||
      !ExportEpoll(env, exports, instance) || !ExportInotify(env, exports, instance) ||
      !ExportIo(env, exports, instance) || !ExportMessage(env, exports, instance) ||
      !ExportPackets(env, exports, instance) || !ExportProcess(env, exports, instance) ||
      !ExportSocket(env, exports, instance) || !ExportSocketOption(env, exports, instance) ||
      !ExportTimer(env, exports, instance) || !ExportWatcher(env, exports, instance)) {
    Napi::Error::New(env, "the addon's functions could not be defined").ThrowAsJavaScriptException();
  }
  return exports;
}

}  // namespace rearm

using rearm::Init;
NODE_API_MODULE(epoll_native, Init)
