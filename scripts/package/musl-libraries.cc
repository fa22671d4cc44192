// What Debian's libgcc_s and libstdc++ want of glibc and native/compat/musl.cc has not, for a machine of `npm run test:package` whose C library is
// musl: where the unwinding tables of a piece of code lie, random numbers, and symbols that musl's loader does not see in libgcc_s, because
// their version is an old one.

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/random.h>

#include <cstddef>
#include <cstdint>

namespace {

struct Search {
  std::uintptr_t address;
  dl_find_object* found;
};

int look_into(dl_phdr_info* info, std::size_t, void* data) {
  const auto* search = static_cast<const Search*>(data);
  const ElfW(Phdr)* tables = nullptr;
  bool inside = false;
  for (int k = 0; k < info->dlpi_phnum; k++) {
    const ElfW(Phdr)& part = info->dlpi_phdr[k];
    const std::uintptr_t begin = info->dlpi_addr + part.p_vaddr, end = begin + part.p_memsz;
    if (part.p_type == PT_GNU_EH_FRAME) tables = &part;
    if (part.p_type != PT_LOAD || search->address < begin || search->address >= end) continue;
    inside = true;
    search->found->dlfo_map_start = reinterpret_cast<void*>(begin);
    search->found->dlfo_map_end = reinterpret_cast<void*>(end);
  }
  if (!inside || tables == nullptr) return 0;
  search->found->dlfo_flags = 0;
  search->found->dlfo_link_map = nullptr;
  search->found->dlfo_eh_frame = reinterpret_cast<void*>(info->dlpi_addr + tables->p_vaddr);
  return 1;
}

}  // namespace

extern "C" {

int _dl_find_object(void* address, dl_find_object* found) noexcept {
  Search search{reinterpret_cast<std::uintptr_t>(address), found};
  return dl_iterate_phdr(look_into, &search) == 1 ? 0 : -1;
}

unsigned arc4random() noexcept {
  unsigned value = 0;
  static_cast<void>(getrandom(&value, sizeof value, 0));
  return value;
}

unsigned __cpu_model[4];
int __cpu_indicator_init() { return 0; }
}
