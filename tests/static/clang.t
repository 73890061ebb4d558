#!/bin/bash
# takes 90 s
# clang builds the module and quorumsetup, and it and clang-tidy have nothing to say. (The kernel's headers can only be
# used with clang if they are told that it is not gcc, and of the supported kernels' only those of 6.12.)
# Runs on the host.
cd "$(dirname "$0")/../.." || exit

echo 1..1
said=$(tests/vm/with-checkers bash static/clang)
status=$?
if [ $status -eq 0 ] && ! grep -qE 'warning:|error:' <<< "$said"; then
	echo 'ok - clang and clang-tidy'
else
	echo "not ok - clang and clang-tidy ($status)"
	grep -A 4 -E 'warning:|error:' <<< "${said:-without a word}" | sed 's/^/# /'
fi
