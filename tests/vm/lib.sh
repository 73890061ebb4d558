# shellcheck shell=bash
# Sourced by the scripts of this folder: messages, privileges, the cache and its locks.

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
repo=$(readlink -f "$here/../..")
cache=${DM_QUORUM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dm-quorum}
export here repo cache

# stdout belongs to the guest's script (it may be TAP), so the harness speaks on stderr
say() { echo "vm: $*" >&2; }
die() { say "$*"; exit 126; }

as_root() {
	if [ "$EUID" -eq 0 ]; then "$@"; else sudo -- "$@"; fi
}

# hash of the contents of files and of whatever words are given: hash_of WORD... -- FILE...
hash_of() {
	local words=()
	while [ "$1" != -- ]; do words+=("$1"); shift; done
	shift
	{ printf '%s\n' "${words[@]}"; cat -- "$@"; } | sha256sum | cut -c1-16
}

# cached KIND KEY KEEP COMMAND...: sets $cached_dir to the directory $cache/KIND/KEY. If it is not there, COMMAND
# is run with a new directory as its last argument, which then gets that name: a directory that exists is complete.
# The KEEP most recently used directories of the kind stay. Each key has a lock of its own: while a kernel is built, which takes
# a quarter of an hour, others are only to be unpacked.
cached() {
	local kind=$1 key=$2 keep=$3
	shift 3
	cached_dir=$cache/$kind/$key
	if [ ! -d "$cached_dir" ]; then
		mkdir -p "$cache/$kind"
		(
			flock 9
			if [ ! -d "$cached_dir" ]; then fill_cache "$cached_dir" "$@"; fi
		) 9> "$cache/$kind/.lock.$key"
		prune "$cache/$kind" "$keep"
	fi
	touch -c "$cached_dir" 2> /dev/null || : # the time of last use, for prune; someone else's cache may be read-only
}

# Must not be called from a condition, nor anything above it: COMMAND may be a function that relies on set -e
fill_cache() {
	local dir=$1 new
	shift
	# left by runs that failed: we hold the lock of the one, and nothing takes as long as the others are old
	as_root rm -rf --one-file-system "${dir%/*}/.new.${dir##*/}".*
	as_root find "${dir%/*}" -ignore_readdir_race -mindepth 1 -maxdepth 1 -name '.new.*' -mmin +300 \
		-exec rm -rf --one-file-system {} +
	new=$(mktemp -d "${dir%/*}/.new.${dir##*/}.XXXXXX")
	chmod 755 "$new"
	"$@" "$new" 9>&- # the lock must not be inherited by anything that outlives us
	mv "$new" "$dir"
}

prune() {
	local old
	find "$1" -mindepth 1 -maxdepth 1 -type d ! -name '.*' -printf '%T@ %p\n' | sort -rn | tail -n "+$(($2 + 1))" | cut -d' ' -f2- |
		while read -r old; do as_root rm -rf --one-file-system "$old"; done
}

# need COMMAND:PACKAGE...: installs the packages whose commands are missing
need() {
	local item missing=()
	for item; do
		PATH=$PATH:/usr/sbin:/sbin command -v "${item%%:*}" > /dev/null || missing+=("${item#*:}")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	mkdir -p "$cache"
	(
		flock 9
		say "installing Debian packages: ${missing[*]}"
		install_packages "${missing[@]}"
	) 9> "$cache/.install.lock"
}

install_packages() {
	local apt=(apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
	{
		as_root "${apt[@]}" update
		as_root env DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "$@"
	} 9>&- < /dev/null >&2
}

PATH=$PATH:/usr/sbin:/sbin # depmod and friends, for users whose PATH has none of them
