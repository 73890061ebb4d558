#!/bin/bash
# takes 90 s
# No script gives shellcheck anything to say, nor does what they source. Each test can be run by its name.
# Runs on the host.
cd "$(dirname "$0")/../.." || exit
. tests/vm/lib.sh
need shellcheck:shellcheck || exit

mapfile -t scripts < <(git ls-files -z | xargs -0 awk '
	FNR == 1 && /^#!\/bin\/(ba)?sh|^# shellcheck shell=/ { print FILENAME } { nextfile }')
echo "1..$((${#scripts[@]} + 1))"
for script in "${scripts[@]}"; do
	if said=$(shellcheck -x -P SCRIPTDIR "$script" 2>&1); then
		echo "ok - $script"
	else
		echo "not ok - $script"
		printf '%s\n' "$said" | sed 's/^/# /'
	fi
done
unrunnable=$(git ls-files -s '*.t' | grep -v '^100755' || :)
if [ -z "$unrunnable" ]; then
	echo 'ok - tests can be executed'
else
	echo 'not ok - tests can be executed'
	printf '%s\n' "$unrunnable" | sed 's/^/# /'
fi
