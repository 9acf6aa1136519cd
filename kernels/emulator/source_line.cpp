#include "kernels/emulator/source_line.h"

#include <link.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "engine/check.h"

namespace graft::emulator {

namespace {

struct Module {
  std::string file;
  uintptr_t base;
  std::vector<std::pair<uintptr_t, uintptr_t>> segments;
  bool holds(uintptr_t address) const {
    for (const auto& [begin, end] : segments)
      if (address >= begin && address < end) return true;
    return false;
  }
};

const std::vector<Module>& modules() {
  static const std::vector<Module> found = [] {
    std::vector<Module> list;
    dl_iterate_phdr(
        [](dl_phdr_info* info, size_t, void* out) {
          // The program itself has no name here.
          Module module{
              info->dlpi_name[0] ? info->dlpi_name : text("/proc/", getpid(), "/exe"), info->dlpi_addr, {}};
          for (int i = 0; i < info->dlpi_phnum; ++i) {
            const ElfW(Phdr)& header = info->dlpi_phdr[i];
            if (header.p_type == PT_LOAD)
              module.segments.emplace_back(info->dlpi_addr + header.p_vaddr,
                                           info->dlpi_addr + header.p_vaddr + header.p_memsz);
          }
          static_cast<std::vector<Module>*>(out)->push_back(std::move(module));
          return 0;
        },
        &list);
    return list;
  }();
  return found;
}

// The frames of inlined calls, innermost first, up to the first in a kernel file.
std::string read_frames(FILE* addr2line) {
  std::string lines;
  char line[1024];
  while (std::fgets(line, sizeof line, addr2line)) {
    std::string frame = line;
    frame.resize(frame.find_first_of(" \n"));  // also cuts "(discriminator 2)"
    if (frame.starts_with("?")) break;
    lines += (lines.empty() ? "" : " in ") + repository_path(frame);
    if (frame.find(".cu:") != std::string::npos) break;
  }
  return lines;
}

// What `read` makes of addr2line's output for a place in a module; empty where there is none.
template <class Read>
std::string ask_addr2line(const char* options, const Module& module, const std::string& place,
                          const Read& read) {
  const std::string command = text("addr2line ", options, " -e '", module.file, "' ", place, " 2>/dev/null");
  FILE* answer = popen(command.c_str(), "r");
  if (!answer) return "";
  std::string found = read(answer);
  pclose(answer);
  return found;
}

const Module* module_of(uintptr_t address) {
  for (const Module& module : modules())
    if (module.holds(address)) return &module;
  return nullptr;
}

std::string read_first_line(FILE* answer) {
  char line[4096];
  std::string name = std::fgets(line, sizeof line, answer) ? line : "";
  while (!name.empty() && name.back() == '\n') name.pop_back();
  return name.starts_with("?") ? "" : name;
}

}  // namespace

std::string source_line(const void* return_address) {
  const uintptr_t address = reinterpret_cast<uintptr_t>(return_address) - 1;  // within the call
  const Module* module = module_of(address);
  if (!module) return "an unknown line";
  const std::string place = text("0x", std::hex, address - module->base);
  const std::string lines = ask_addr2line("-i", *module, place, read_frames);
  return lines.empty() ? place : lines;
}

std::string function_name(const void* address) {
  const Module* module = module_of(reinterpret_cast<uintptr_t>(address));
  if (!module) return "";
  const std::string place = text("0x", std::hex, reinterpret_cast<uintptr_t>(address) - module->base);
  return ask_addr2line("-f -C", *module, place, read_first_line);
}

std::string repository_path(const std::string& file) {
  const std::string source = GRAFT_SOURCE_DIR "/";
  if (file.starts_with(source)) return file.substr(source.size());
  const size_t up = file.rfind("../");  // some compiler caches make paths relative to the build's folder
  return up == std::string::npos ? file : file.substr(up + 3);
}

bool is_static(const void* address) { return module_of(reinterpret_cast<uintptr_t>(address)) != nullptr; }

}  // namespace graft::emulator
