#include "frame.h"

#include "arguments.h"

namespace rearm {

namespace {

// shareFrame(words) → the words in use: the first that were shared, if several copies of the package load one addon
napi_value ShareFrame(napi_env env, napi_callback_info info) {
  Arguments args(env, info, "shareFrame");
  Instance& instance = args.instance();
  double* words;
  if (!args.Doubles(0, "words", Frame::kWords, &words)) return nullptr;
  if (instance.frame_words == nullptr &&
      napi_create_reference(env, args[0], 1, &instance.frame_words) == napi_ok) {
    instance.frame = words;
  }
  napi_value shared = nullptr;
  napi_get_reference_value(env, instance.frame_words, &shared);
  return shared;
}

}  // namespace

bool ExportFrame(napi_env env, napi_value exports, Instance* instance) {
  static constexpr Function kFunctions[] = {{"shareFrame", ShareFrame}};
  return Export(env, exports, instance, kFunctions);
}

}  // namespace rearm
