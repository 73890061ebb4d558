# shellcheck shell=bash disable=SC2154,SC2034  # variables of the scripts that source this
# Sourced after lib.sh and apt.sh: a Debian release's compiler and tools, whatever this machine's own release is.

# compilers that build the modules of a release's kernels, and what their builds and checks call
declare -A compilers=([bookworm]=gcc-12 [trixie]=gcc-14)
tools=bc,bison,flex,libelf-dev,libssl-dev,make,libc6-dev,libelf1,kmod,xz-utils,pahole,sparse,perl,python3-minimal,libdevmapper-dev

need_for_kernels() {
	need mmdebstrap:mmdebstrap mksquashfs:squashfs-tools cpio:cpio depmod:kmod unxz:xz-utils unzstd:zstd \
		dpkg-deb:dpkg perl:perl flock:util-linux
}

# what the checks want besides, that look at the sources without building from them
checkers=clang-19,clang-tidy-19,coccinelle,libpython3-dev

# build_chroot RELEASE: sets $cached_dir to a directory with the system in root/
build_chroot() {
	need_for_kernels
	cached "chroot-$1" "$(hash_of "$1" "${compilers[$1]}" "$tools" -- "$here/apt.sh")" 3 \
		make_chroot "$1" "${compilers[$1]},$tools"
}

# checkers_chroot: the same for trixie, with $checkers. It is one of its own, so that modules are built in small ones, and
# need not be built anew for another checker.
checkers_chroot() {
	need_for_kernels
	cached chroot-checkers "$(hash_of "${compilers[trixie]}" "$tools,$checkers" -- "$here/apt.sh")" 2 \
		make_chroot trixie "${compilers[trixie]},$tools,$checkers"
}

# make_chroot RELEASE PACKAGES DIR: PACKAGES with commas between them
make_chroot() {
	local release=$1 packages=$2 out=$3 sources
	say "making a $release chroot to build in"
	mapfile -t sources < <(sources_of "$release")
	as_root mmdebstrap --quiet --variant=minbase --mode=root --arch=amd64 --aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--include="$packages" "$release" "$out/root" "${sources[@]}" < /dev/null >&2
	as_root mkdir -p "$out/root"/{kernel,dm-quorum}
}

# in_chroot ROOT HEADERS SOURCES COMMAND...: runs COMMAND in SOURCES. Its own mount namespace makes the mounts go away
# by themselves; objtool wants /proc.
in_chroot() {
	# shellcheck disable=SC2016  # for the inner shell
	as_root unshare --mount --propagation private sh -c '
		set -e
		mount --bind "$2" "$1/kernel"
		mount --bind "$3" "$1/dm-quorum"
		mount -t proc proc "$1/proc"
		mount --bind /dev "$1/dev"
		root=$1
		shift 3
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/ chroot "$root" sh -c "cd /dm-quorum && exec \"\$@\"" sh "$@"
	' sh "$@"
}
