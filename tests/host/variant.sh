# shellcheck shell=bash
# Sourced by tests that run on the host: the project built otherwise, in a copy.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit
copies=$(mktemp -d)
trap 'rm -rf "$copies"' EXIT

# variant FLAG: sets $variant to a copy of the project whose module is built with FLAG
variant() {
	variant=$copies/$1
	mkdir "$variant"
	cp -r -- *.[ch] Kbuild Makefile tests "$variant/"
	echo "ccflags-y += -D$1" >> "$variant/Kbuild"
}
