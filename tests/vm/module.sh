# shellcheck shell=bash disable=SC2154,SC2034  # variables of the scripts that source this
# Sourced after lib.sh, apt.sh and chroot.sh: kernels by name, and the module built for them.

# find_kernel NAME|DIR: sets $kernel to the directory of a packed kernel (see mkkernel), packing it if need be.
# Which version of Debian's package it is was settled then: `prepare --refresh` looks for a newer one.
find_kernel() {
	if [ -e "$1/vmlinuz" ]; then
		kernel=$(readlink -f "$1")
		return
	fi
	[[ $1 != */* && -e $here/kernels/$1 ]] ||
		die "no kernel '$1': neither a directory made by mkkernel nor one of $(cd "$here/kernels" && echo *)"
	# a recipe may build on another
	mapfile -t recipes < <(printf '%s\n' "$here/kernels/$1"; sed -n "s,^\. \"\$here/\(.*\)\"$,$here/\1,p" "$here/kernels/$1")
	cached kernel "$1-$(hash_of "$1" -- "${recipes[@]}" "$here"/{mkkernel,guest-initrd,unpack-vmlinux,apt.sh})" 8 \
		"$here/mkkernel" "$1"
	kernel=$cached_dir
}

find_root() {
	cached root "$(hash_of -- "$here/mkroot" "$here/apt.sh")" 2 "$here/mkroot"
	root=$cached_dir
}

find_system() {
	cached system "$(hash_of -- "$here/mksystem" "$here/apt.sh")" 2 "$here/mksystem"
	system=$cached_dir
}

# copy_sources DIR: what a module build reads, as it is at this moment
copy_sources() {
	find "$repo" -maxdepth 1 \( -name '*.[ch]' -o -name Kbuild -o -name Makefile \) -exec cp -t "$1" -- {} +
	[ -z "${GCOV-}" ] || cp -t "$1" -- "$here/gcov.h"
	[ -d "$repo/tests/kunit" ] || return 0
	mkdir -p "$1/tests/unit"
	cp -a -t "$1/tests" -- "$repo/tests/kunit"
	cp -t "$1/tests/unit" -- "$repo"/tests/unit/*.[ch]
}

# make_options: what a build for $kernel is told: unit tests for those that can run them, and counters in each branch if GCOV
# is set, for a kernel that collects them: once for each function, wherever it is inlined, and none that UBSAN makes in each shift.
make_options() {
	! grep -qs "^CONFIG_KUNIT=" "$kernel/devel/kdir/include/config/auto.conf" || echo CONFIG_DM_QUORUM_KUNIT_TEST=y
	[ -z "${GCOV-}" ] || printf '%s\n' GCOV_PROFILE=y UBSAN_SANITIZE=n 'KCFLAGS=-include /dm-quorum/gcov.h -fno-early-inlining'
}

# build_in CHROOT SOURCES-DIR MAKE-ARG...: runs make for $kernel in SOURCES-DIR, in CHROOT
build_in() {
	local chroot=$1 dir=$2
	shift 2
	# the paths in the compiler's messages are to be those of the repository; pipefail keeps make's status
	in_chroot "$chroot/root" "$kernel/devel" "$dir" make KDIR=/kernel/kdir "$@" 2>&1 | sed -u 's,/dm-quorum/,,g'
}

# module_layer: sets $module_dir to a directory with the module and depmod's files, built only if the sources have changed
module_layer() {
	local sources=$work/sources names options
	module_dir=
	if [ ! -e "$repo/Kbuild" ]; then
		say "no Kbuild in $repo: running without the module"
		return 0
	fi
	mkdir "$sources"
	# the key is that of the copy which is built: the originals may be changed at any time
	copy_sources "$sources"
	mapfile -t names < <(cd "$sources" && find . -type f | sort)
	mapfile -t options < <(make_options)
	# a kernel that is packed anew is a new file: its inode and time are part of the key
	cached module "$(cd "$sources" && hash_of "${names[@]}" "${options[@]}" "$kernel" "$(stat -c '%i %Y' "$kernel/vmlinuz")" -- \
		"${names[@]}" "$here/module.sh")" 24 make_module_layer "$sources" "${options[@]}"
	module_dir=$cached_dir
}

make_module_layer() {
	local sources=$1 out=${*: -1} version tree all
	local options=("${@:2:$# - 2}")
	version=$(< "$kernel/version")
	tree=$out/usr/lib/modules/$version
	all=$out/lib/modules/$version # depmod wants all modules in one place: links will do
	build_chroot "$(< "$kernel/release")"
	if ! build_in "$cached_dir" "$sources" modules "${options[@]}" > "$work/make.log"; then
		cat "$work/make.log" >&2
		say "the module does not build for $version"
		return 1
	fi
	mkdir -p "$all/updates" "$tree/updates"
	find "$sources" -name '*.ko' -exec cp -t "$all/updates/" -- {} +
	# for gcov
	if [ -n "${GCOV-}" ]; then cp -a "$sources" "$out/build"; fi
	cp "$kernel/modules/usr/lib/modules/$version"/modules.{order,builtin*} "$all/"
	ln -s "$kernel/modules/usr/lib/modules/$version/kernel" "$all/kernel"
	depmod -b "$out" "$version"
	mv "$all"/updates/*.ko "$tree/updates/"
	mv "$all"/modules.* "$tree/"
	rm -r "${out:?}/lib"
}
