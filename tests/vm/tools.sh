# shellcheck shell=bash disable=SC2154,SC2034  # variables of the scripts that source this
# Sourced after lib.sh, apt.sh and chroot.sh: quorumsetup, built for the guests' userland.

# tools_layer: sets $tools_dir to a directory with quorumsetup, as its own Makefile installs it. It is built only if the sources
# have changed.
tools_layer() {
	local sources=$work/tools
	tools_dir=
	[ -d "$repo/utils" ] || return 0
	mkdir "$sources"
	cp -t "$sources" -- "$repo"/utils/{*.[ch],Makefile,*.completion}
	build_chroot bookworm
	cached tools "$(hash_of "$cached_dir" -- "$sources"/* "$here/tools.sh")" 4 make_tools_layer "$sources"
	tools_dir=$cached_dir
}

# What is used before it is set is never 0 by chance: the tests see it
make_tools_layer() {
	local sources=$1 out=$2
	build_chroot bookworm
	if ! in_chroot "$cached_dir/root" "$sources" "$sources" make "CC=${compilers[bookworm]}" \
		CFLAGS='-O2 -g -ftrivial-auto-var-init=pattern' \
		DESTDIR=/dm-quorum/installed install > "$work/tools.log" 2>&1 ||
		grep -q 'warning:' "$work/tools.log"; then
		cat "$work/tools.log" >&2
		say 'quorumsetup does not build without warnings'
		return 1
	fi
	cp -a "$sources/installed/." "$out/"
}
