# shellcheck shell=bash disable=SC2154,SC2034  # variables of lib.sh
# Sourced after lib.sh: legs that take their time, each on a disk that loop_legs has made. slow_leg and wayward_leg replace
# ${legs[LEG]}.

# slow_leg LEG READ-MS WRITE-MS: each read and write is held up for so long
slow_leg() {
	dm_create "slow$1" "0 $size delay ${disks[$1]} 0 $2 ${disks[$1]} 0 $3"
	legs[$1]=/dev/mapper/slow$1
}

# wayward_leg LEG FIRST-MS SECOND-MS: writes are held up for the first and the second time in turn, so later ones overtake
# earlier ones, as on a disk with a queue. Reads are not held up.
wayward_leg() {
	local leg=$1 ms paths=''
	shift
	for ms; do
		dm_create "way$leg-$ms" "0 $size delay ${disks[leg]} 0 0 ${disks[leg]} 0 $ms"
		paths+=" /dev/mapper/way$leg-$ms 1"
	done
	# two ways to one disk, taken in turn
	dm_create "wayward$leg" "0 $size multipath 2 queue_mode bio 0 1 1 round-robin 0 $# 1$paths"
	legs[leg]=/dev/mapper/wayward$leg
}

# require_modules MODULE...: skips the test if this kernel has not got them
require_modules() { modprobe -a "$@" 2> "$work/said" || skip_all "$(cat "$work/said")"; }

# identical_legs: the disks under the legs hold the same
identical_legs() {
	local disk
	for disk in "$work"/disk[1-9]; do cmp "$work/disk0" "$disk" || return; done
}
