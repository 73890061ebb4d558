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
	cached kernel "$1-$(hash_of "$1" -- "$here/kernels/$1" "$here"/{mkkernel,guest-initrd,unpack-vmlinux,apt.sh})" 8 \
		"$here/mkkernel" "$1"
	kernel=$cached_dir
}

find_root() {
	cached root "$(hash_of -- "$here/mkroot" "$here/apt.sh")" 2 "$here/mkroot"
	root=$cached_dir
}

# copy_sources DIR: what a module build reads, as it is at this moment
copy_sources() {
	find "$repo" -maxdepth 1 \( -name '*.[ch]' -o -name Kbuild -o -name Makefile \) -exec cp -t "$1" -- {} +
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
	local sources=$work/sources names
	module_dir=
	if [ ! -e "$repo/Kbuild" ]; then
		say "no Kbuild in $repo: running without the module"
		return 0
	fi
	mkdir "$sources"
	# the key is that of the copy which is built: the originals may be changed at any time
	copy_sources "$sources"
	names=$(cd "$sources" && echo *)
	# a kernel that is packed anew is a new file: its inode and time are part of the key
	cached module "$(hash_of "$names" "$kernel" "$(stat -c '%i %Y' "$kernel/vmlinuz")" -- "$sources"/* "$here/module.sh")" 24 \
		make_module_layer "$sources"
	module_dir=$cached_dir
}

make_module_layer() {
	local sources=$1 out=$2 version tree all
	version=$(< "$kernel/version")
	tree=$out/usr/lib/modules/$version
	all=$out/lib/modules/$version # depmod wants all modules in one place: links will do
	build_chroot "$(< "$kernel/release")"
	if ! build_in "$cached_dir" "$sources" modules > "$work/make.log"; then
		cat "$work/make.log" >&2
		say "the module does not build for $version"
		return 1
	fi
	mkdir -p "$all/updates" "$tree/updates"
	cp "$sources"/*.ko "$all/updates/"
	cp "$kernel/modules/usr/lib/modules/$version"/modules.{order,builtin*} "$all/"
	ln -s "$kernel/modules/usr/lib/modules/$version/kernel" "$all/kernel"
	depmod -b "$out" "$version"
	mv "$all"/updates/*.ko "$tree/updates/"
	mv "$all"/modules.* "$tree/"
	rm -r "${out:?}/lib"
}
