#!/bin/bash
# guest.sh MODE EXTENT SYSTEMS: runs in the guest of tests/bench/run. MODE is wall or icount, EXTENT check, quick, usual or
# full, SYSTEMS an extended regular expression. Leaves fio's results in /out/fio, in files that are called by what was
# measured, LEGS:SYSTEM:JOBS-FILE:BS:DEPTH:JOBS:ROUND.json, and in /out/bound the least that votes take.
set -euo pipefail
bench=$(dirname "$(readlink -f "$0")")
. "$bench/systems.sh"
mode=$1 extent=$2 chosen=$3

# time_jobs FILE BS DEPTH JOBS ROUND
time_jobs() {
	local result="/out/fio/$kind:$system:$1:$2:$3:$4:$5.json"
	if ! DEVICE=$dev BS=$2 DEPTH=$3 JOBS=$4 RUNTIME=$runtime COUNTED=$counted fio --eta=never --output-format=json \
		--output="$result" "$bench/$1.fio"; then
		echo "bench: fio failed: ${result##*/}" >&2
		rm -f "$result"
	fi
}

# on KIND COUNT COMMAND...: COMMAND for each system, on legs of that kind
on() {
	local kind=$1 line
	make_legs "$1" "$2"
	while read -r line; do
		if [[ $line =~ $chosen ]]; then with_system "$line" "${@:3}"; fi
	done < <(systems)
	remove_legs "$1"
}

# with_system SYSTEM COMMAND...
with_system() {
	local system=$1 words runtime=$runtime
	read -ra words <<< "$1"
	if [ "${words[1]}" -gt ${#legs[@]} ]; then return; fi
	if ! start "${words[@]}"; then
		echo "bench: left out, as it cannot be had: $system" >&2
		return
	fi
	echo "bench: $kind: $system" >&2
	# what happens once only does not count, when memory is touched for the first time for example
	(runtime=10ms && time_jobs random 4k 1 1 warm)
	rm -f "/out/fio/$kind:$system:"*:warm.json
	"${@:2}"
	stop "${words[@]}"
}

# matrix ROUNDS FILE...: jobs of all shapes; what the figures are about, several times
matrix() {
	local rounds=$1 round file bs shape
	shift
	for file; do
		for bs in 4k 128k; do
			for shape in "${shapes[@]}"; do
				for ((round = 1; round <= rounds; round++)); do
					# shellcheck disable=SC2086  # depth and jobs
					time_jobs "$file" $bs $shape $round
					[[ $extent = full || $file = random && ($mode = wall || $shape = '32 1') ]] || break
				done
			done
		done
	done
}

# random_jobs BLOCK-SIZES DEPTHS ROUND
random_jobs() {
	local bs depth
	for bs in $1; do
		for depth in $2; do time_jobs random "$bs" "$depth" 1 "$3"; done
	done
}

both_ways() {
	counted=0 random_jobs 4k 1 1
	random_jobs 4k 32 1
}

# How cost grows. It is not the same run as the others, so it is called a round of its own.
growth() {
	local count system kind=brd
	make_legs brd 8
	for count in {2..8}; do
		for system in md quorum; do with_system "$system $count" random_jobs '4k 128k' 32 legs; done
	done
	for system in 'bare 1' 'md 3' 'quorum 3'; do
		with_system "$system" random_jobs '4k 8k 16k 32k 64k 128k 256k 512k 1m' 32 block
	done
	remove_legs brd
	kind=null
	make_legs null 3
	for system in 'bare 1' 'md 3' 'quorum 3'; do with_system "$system" random_jobs 4k '1 2 4 8 16 32 64 128' depth; done
	remove_legs null
}

# The least that a vote takes: a line "LEGS BYTES NANOSECONDS" for each
bound() {
	local legs bytes
	for legs in 2 3 5; do
		for bytes in 4096 131072; do
			insmod /payload/vote_bound.ko legs=$legs bytes=$bytes
			echo "$legs $bytes $(< /sys/module/vote_bound/parameters/ns)"
			rmmod vote_bound
		done
	done > /out/bound
}

mkdir -p /out/fio
modprobe dm-quorum
bound
# fio without clocks: they are no part of what is counted, be it instructions or requests
counted=1
case $mode-$extent in
icount-check) runtime=400ms shapes=('32 1') && on brd 3 matrix 1 random ;;
icount-quick) runtime=100ms shapes=('32 1') && on brd 5 matrix 1 random ;;
icount-usual) runtime=150ms shapes=('32 1') && on brd 5 matrix 3 random sequential mixed ;;
icount-full) runtime=300ms shapes=('1 1' '32 1') && on brd 5 matrix 3 random sequential mixed ;;
wall-quick) runtime=200ms shapes=('1 1' '32 1' '32 2') && on brd 5 matrix 3 random ;;
wall-usual) runtime=200ms shapes=('1 1' '32 1' '32 2') && on brd 5 matrix 3 random sequential mixed ;;
wall-full) runtime=500ms shapes=('1 1' '1 2' '32 1' '32 2') && on brd 5 matrix 3 random sequential mixed ;;
esac
# legs that take their time: one at a time for how long they take, and many for how many there can be
runtime=400ms
on null 5 both_ways
counted=0
if [ "$mode" = icount ]; then
	runtime=2s
	on slow 3 random_jobs 4k 1 1
	counted=1 runtime=100ms
	[[ $extent =~ ^(check|quick)$ ]] || growth
elif [ "$extent" != quick ]; then
	counted=1 runtime=300ms
	on virtio 5 random_jobs '4k 128k' 32 1
fi
