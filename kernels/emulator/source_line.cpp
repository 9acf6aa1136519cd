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

}  // namespace

std::string source_line(const void* return_address) {
  const uintptr_t address = reinterpret_cast<uintptr_t>(return_address) - 1;  // within the call
  for (const Module& module : modules()) {
    if (!module.holds(address)) continue;
    const std::string place = text("0x", std::hex, address - module.base);
    FILE* addr2line = popen(text("addr2line -i -e '", module.file, "' ", place, " 2>/dev/null").c_str(), "r");
    const std::string lines = addr2line ? read_frames(addr2line) : "";
    if (addr2line) pclose(addr2line);
    return lines.empty() ? place : lines;
  }
  return "an unknown line";
}

std::string repository_path(const std::string& file) {
  const std::string source = GRAFT_SOURCE_DIR "/";
  if (file.starts_with(source)) return file.substr(source.size());
  const size_t up = file.rfind("../");  // some compiler caches make paths relative to the build's folder
  return up == std::string::npos ? file : file.substr(up + 3);
}

bool is_static(const void* address) {
  for (const Module& module : modules())
    if (module.holds(reinterpret_cast<uintptr_t>(address))) return true;
  return false;
}

}  // namespace graft::emulator
