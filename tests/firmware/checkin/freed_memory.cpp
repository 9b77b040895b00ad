// What this program gives back is looked at: see tests/support/freed_memory.hpp.
#include "tests/support/freed_memory.hpp"

#include <new>

void *operator new(std::size_t size) {
    if (void *memory = std::malloc(size); memory != nullptr) {
        return memory;
    }
    throw std::bad_alloc();
}
void operator delete(void *memory) noexcept {
    xueshi::test::FreedMemory::give_back(memory);
}
void operator delete(void *memory, std::size_t) noexcept {
    xueshi::test::FreedMemory::give_back(memory);
}
