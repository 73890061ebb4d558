#!/bin/bash
# takes 5 s
# codespell finds no misspelt word, in any file or in its name.
# Runs on the host.
cd "$(dirname "$0")/../.." || exit
. tests/vm/lib.sh
need codespell:codespell || exit

# a file in sysfs; the health of three legs; a bullet
known=inflight,daa,bu
mapfile -t files < <(git ls-files)
echo 1..1
if said=$(codespell --check-filenames --ignore-words-list "$known" "${files[@]}" 2>&1) && [ -z "$said" ]; then
	echo 'ok - codespell'
else
	echo 'not ok - codespell'
	printf '%s\n' "$said" | sed 's/^/# /'
fi
