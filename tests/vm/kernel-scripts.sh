# shellcheck shell=bash disable=SC2154,SC2034  # variables of the scripts that source this
# Sourced after lib.sh, apt.sh and chroot.sh: checks that the kernel's source brings along. Debian has them only in the
# package of that source, of which just they are kept.

# kernel_scripts: sets $kernel_scripts to a directory with the kernel's scripts/checkpatch.pl and scripts/coccinelle
kernel_scripts() {
	need perl:perl unxz:xz-utils
	cached kernel-scripts "$(hash_of -- "$here/kernel-scripts.sh" "$here/apt.sh")" 3 fetch_kernel_scripts
	kernel_scripts=$cached_dir/scripts
}

fetch_kernel_scripts() {
	local out=$1 work
	say "fetching the kernel's checks"
	work=$(mktemp -d)
	apt_for bookworm
	apt_unpack "$work" linux-source-6.12
	tar -xf "$work"/usr/src/linux-source-6.12.tar.xz -C "$out" --strip-components=1 --wildcards \
		'*/scripts/checkpatch.pl' '*/scripts/spelling.txt' '*/scripts/const_structs.checkpatch' '*/scripts/coccinelle'
	rm -rf "$work"
}
