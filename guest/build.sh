#!/bin/bash
# Builds the guest image and the native VMI ROM, bit for bit the same from the same sources and compiler.
#   guest/build.sh [OUTPUT_DIRECTORY]
# Writes guest.elf, native-rom.bin and guest.toolchain there, objects and the image as linked below it; without an
# argument these files go beside this script (and are committed) and the rest into guest/build.
set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C
cd "$(dirname "$0")"
output=$(realpath "${1:-.}")
build=${1:+$output/objects}
build=${build:-$output/build}
rm -rf "$build" && mkdir -p "$build"

sources=$(find include kernel lib rom user vmi build.sh -type f | sort)
digest=$(sha256sum $sources | sha256sum | cut -c1-12)

common=(-m32 -march=i686 -std=gnu11 -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none
  -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fno-common -frandom-seed=vmi86
  -ffile-prefix-map="$PWD=." -Wall -Wextra -Werror -Iinclude -Ilib)
kernel=("${common[@]}" -O2 -mgeneral-regs-only -mpreferred-stack-boundary=2 -DSOURCE_DIGEST="\"$digest\""
  $(find kernel vmi -type d | sort | sed 's/^/-I/') -Wa,-I"$build")
user=("${common[@]}" -Os -mno-sse -mno-mmx -mfpmath=387 -ffunction-sections -fdata-sections -Iuser/lib)
link=(-m elf_i386 -nostdlib -static --build-id=none -z noexecstack -z max-page-size=4096 --no-warn-rwx-segments)

# compile PREFIX SOURCE FLAGS...: prints the object's path.
compile() {
  local object="$build/$1/${2%.*}.o"
  mkdir -p "$(dirname "$object")"
  gcc "${@:3}" -c "$2" -o "$object"
  echo "$object"
}

compile_all() {
  local prefix=$1 source
  local -a files flags
  mapfile -t files < <(find "${@:2}" -name '*.[cS]' | sort)
  for source in "${files[@]}"; do
    if [ "$prefix" = kernel ]; then flags=("${kernel[@]}"); else flags=("${user[@]}"); fi
    compile "$prefix" "$source" "${flags[@]}"
  done
}

# One entry of a cpio archive of format "newc", with everything that could vary set to zero.
inode=0
archive_entry() { # NAME MODE [FILE]
  local name=$1 mode=$2 file=${3:-/dev/null} size length
  size=$(($(wc -c <"$file")))
  length=$((${#name} + 1))
  inode=$((inode + 1))
  printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X' \
    $inode $((8#$mode)) 0 0 1 0 $size 0 0 0 0 $length 0
  printf '%s\0' "$name"
  padding $(((110 + length) % 4))
  cat "$file"
  padding $((size % 4))
}

padding() { # bytes past a multiple of 4
  [ "$1" = 0 ] || head -c $((4 - $1)) /dev/zero
}

library=$(compile_all user lib user/lib)
mkdir -p "$build/root/bin"
for program in user/programs/*; do
  name=$(basename "${program%.c}")
  objects=$(compile_all user "$program")
  ld "${link[@]}" --gc-sections -T user/program.ld -o "$build/root/bin/$name" $objects $library
  strip -s -R .comment "$build/root/bin/$name"
done

{
  archive_entry bin 40755
  for program in "$build"/root/bin/*; do archive_entry "bin/$(basename "$program")" 100755 "$program"; done
  (cd user/files && find . -mindepth 1 | sort | sed 's,^\./,,') | while read -r path; do
    if [ -d "user/files/$path" ]; then archive_entry "$path" 40755; continue; fi
    archive_entry "$path" 100644 "user/files/$path"
  done
  archive_entry 'TRAILER!!!' 0
} >"$build/initramfs.cpio"

objects=$(compile_all kernel lib kernel vmi)
ld "${link[@]}" -T kernel/kernel.ld -o "$build/guest.unstripped.elf" $objects
# Names of code and data stay, for debuggers and profiles; numbers of calls and layout are no places.
strip --strip-debug -w -N 'VMI_*' -N KERNEL_BASE -o "$output/guest.elf" "$build/guest.unstripped.elf"

# The ROM's code without its header, so linked to where the header ends.
rom=$(compile rom rom/rom.S -m32 -Ivmi)
ld "${link[@]}" --oformat binary -Ttext 0x80 -e 0x80 -o "$output/native-rom.bin" "$rom" "$build/kernel/vmi/native.o"
chmod -x "$output/native-rom.bin"

{ gcc -dumpfullversion; ld --version | head -1; } >"$output/guest.toolchain"
