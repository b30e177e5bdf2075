#ifndef REARM_INSTANCE_H_
#define REARM_INSTANCE_H_

#include <node_api.h>

#include "buffers.h"
#include "slots.h"

namespace rearm {

class Watcher;

// All the state that the addon has, once per environment (main thread, or one worker): the addon
// has no global variable, so threads that load it cannot meet.
struct Instance {
  Buffers buffers;
  Slots<Watcher*> watchers;
  // The words of a hot call (frame.h): its own, until JavaScript has shared some, which the reference keeps alive.
  static constexpr size_t kFrameWords = 8;
  double no_frame[kFrameWords] = {};
  double* frame = no_frame;
  napi_ref frame_words = nullptr;
  // %TypedArray%.prototype.keys, as it was when the addon was loaded (Arguments::IsInPlace).
  napi_ref array_keys = nullptr;
};

// One exported function: its JavaScript name and its callback, which gets the Instance as its data.
struct Function {
  const char* name;
  napi_callback callback;
};

// Keeps what later calls need of the language. False when an exception is pending.
bool KeepIntrinsics(napi_env env, Instance* instance);

// Defines `functions` on `exports`. False when an exception is pending.
bool Export(napi_env env, napi_value exports, Instance* instance, const Function* functions,
            size_t count);

template <size_t count>
bool Export(napi_env env, napi_value exports, Instance* instance, const Function (&functions)[count]) {
  return Export(env, exports, instance, functions, count);
}

// One per source file, called once by addon.cc.
bool ExportBuffers(napi_env env, napi_value exports, Instance* instance);
bool ExportDescriptor(napi_env env, napi_value exports, Instance* instance);
bool ExportEpoll(napi_env env, napi_value exports, Instance* instance);
bool ExportInotify(napi_env env, napi_value exports, Instance* instance);
bool ExportIo(napi_env env, napi_value exports, Instance* instance);
bool ExportMessage(napi_env env, napi_value exports, Instance* instance);
bool ExportPackets(napi_env env, napi_value exports, Instance* instance);
bool ExportProcess(napi_env env, napi_value exports, Instance* instance);
bool ExportSocket(napi_env env, napi_value exports, Instance* instance);
bool ExportSocketOption(napi_env env, napi_value exports, Instance* instance);
bool ExportTimer(napi_env env, napi_value exports, Instance* instance);
bool ExportWatcher(napi_env env, napi_value exports, Instance* instance);

}  // namespace rearm

#endif  // REARM_INSTANCE_H_
