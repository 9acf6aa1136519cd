#include "tools/shared_options.h"

namespace graft {

void add_flag(CLI::App& app, const char* name, bool& to, const char* help) {
  app.add_flag(name, to, help)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
}

void add_source(CLI::App& app, ModelSource& to, RawOptions& raw, Sources sources) {
  CLI::Option* weights = add_text(app, "--weights", to.weights,
                                  "Pretrained weights (.pth, .pt, .safetensors, .npz, a folder of .npy, .h5) "
                                  "or network (.onnx, .h5, .keras, "
                                  ".tflite, .caffemodel, darknet's .weights, .graft)");
  if (sources == Sources::model_or_weights)
    add_text(app, "--model", to.model, "A model that graft wrote (.graft)")->excludes(weights);
  add_text(app, "--arch", to.arch, "Architecture; recognised from the weights where absent");
  add_text(app, "--preprocess", to.preprocess,
           "torchvision | lite | keras | caffe | darknet | MEAN/STD[/RESIZE/CROP/FILTER][/bgr]");
  add_text(app, "--allow-missing", raw.allow_missing,
           "Shell globs of tensors that the weights may lack: they start at zero");
  add_text(app, "--graph", to.graph,
           "The other file of a network in two (.prototxt, .cfg) [the one of the same name beside it]");
  add_text(app, "--outputs", raw.outputs,
           "NAME,...: where a network that its file describes ends [where the file says]");
}

void add_held_out(CLI::App& app, std::string& val, std::optional<double>& val_split) {
  CLI::Option* held_out = add_text(app, "--val", val, "Held-out images, laid out like --data");
  app.add_option("--val-split", val_split, "Share of each class that is held out [0.2]")
      ->check(number(0.001, 0.999))
      ->excludes(held_out);
}

CLI::Validator is_precision() { return one_of({"fp32", "tf32", "bf16"}); }

CLI::Validator is_provider() { return one_of({"own", "vendor"}); }

void add_threads(CLI::App& app, int& to) {
  app.add_option("--threads", to, "CPU threads; 0: as many as the machine has [0]")
      ->check(whole_number(0, 1024));
}

CLI::Option* add_batch_norm(CLI::App& app, std::string& to) {
  return app.add_option("--batch-norm", to, "frozen | train: whose statistics [frozen]")
      ->check(one_of({"frozen", "train"}));
}

void add_prefix_precision(CLI::App& app, std::string& to) {
  app.add_option("--prefix-precision", to,
                 "fp32 | tf32 | bf16: of the frozen layers in front of what trains [that of --precision]")
      ->check(is_precision());
}

void add_device(CLI::App& app, DeviceChoice& to, RawOptions& raw) {
  add_text(app, "--device", to.device,
           "auto | cpu | cuda | cuda:N | emulated[:sm_NN] | checked[:sm_NN] [auto]");
  add_threads(app, to.threads);
  app.add_option("--precision", to.precision,
                 "fp32 | tf32: products from operands rounded for tensor cores | bf16: activations and their "
                 "gradients in 16 bits as well [fp32]")
      ->check(is_precision());
  app.add_option("--provider", to.provider,
                 "own | vendor: cuDNN and cuBLAS compute what they can, on cuda only [own]")
      ->check(is_provider());
  app.add_option(
         "--tune", raw.tune,
         "off | on: times what may compute each layer, once, and takes the fastest from then on [off]")
      ->check(one_of({"off", "on"}));
  add_text(app, "--method", raw.method, "OP=NAME,...: forces an op's implementation");
}

}  // namespace graft
