# shellcheck shell=bash disable=SC2034  # variables of the scripts that source this
# Sourced in the guest: legs, and what is measured on them.

legs=()
dev=
leg_mb=48 # more than is read and written: some systems keep something of their own on a leg

# udev's programs look at each new device, and take the time of who is measured
settle() { udevadm settle; }

# make_legs KIND COUNT
make_legs() {
	legs=()
	"make_$1" "$2"
	settle
}

# equal_legs COUNT: the same on all, whatever the last system has left. Disks are written, so that reads find data and not
# holes; legs that stand for disks are empty, as the processor has no part in where a disk gets its data.
equal_legs() {
	local leg
	for leg in "${legs[@]:0:$1}"; do
		if [[ $leg = /dev/nullb* ]]; then
			blkdiscard "$leg"
		else
			dd if=/dev/zero "of=$leg" bs=1M count="$leg_mb" oflag=direct status=none
		fi
	done
}

# RAM disks: what is counted is the path, the legs themselves do next to nothing
make_brd() {
	modprobe brd rd_nr="$1" rd_size=$((leg_mb * 1024))
	mapfile -t legs < <(printf '/dev/ram%d\n' $(seq 0 $(($1 - 1))))
}

# make_null: legs that answer after a millisecond, any number of requests at a time: the guest's code takes ten times what
# it takes on hardware, so this stands for a disk with 0.1 ms
make_null() { null_legs "$1" 1 1; }

# make_slow: the last one after 50
make_slow() { null_legs "$1" 1 50; }

# null_legs COUNT MS MS-OF-THE-LAST
null_legs() {
	local n dir ms=$2
	modprobe configfs
	modprobe null_blk nr_devices=0
	mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
	for ((n = 0; n < $1; n++)); do
		[ "$n" -lt $(($1 - 1)) ] || ms=$3
		dir=/sys/kernel/config/nullb/nullb$n # newer kernels call the disk like this, older ones count
		mkdir "$dir"
		echo "$leg_mb" > "$dir/size"
		echo 1 > "$dir/memory_backed"
		echo 1 > "$dir/discard"
		echo 4096 > "$dir/blocksize"
		echo 2 > "$dir/irqmode"
		echo $((ms * 1000000)) > "$dir/completion_nsec"
		echo 256 > "$dir/hw_queue_depth"
		echo 1 > "$dir/power"
		legs+=("/dev/nullb$n")
		echo none > "/sys/block/nullb$n/queue/scheduler"
	done
}

# disks of the virtual machine (tests/vm/run --disk)
make_virtio() { mapfile -t legs < <(printf '/dev/disk/by-id/virtio-scratch%d\n' $(seq 0 $(($1 - 1)))); }

remove_legs() {
	local n
	case $1 in
	brd) modprobe -r brd ;;
	null | slow)
		for ((n = 0; n < ${#legs[@]}; n++)); do rmdir "/sys/kernel/config/nullb/nullb$n"; done
		modprobe -r null_blk
		;;
	esac
	legs=()
}

# pairs COUNT: the words of a table for so many legs
pairs() { printf '%s 0 ' "${legs[@]:0:$1}"; }

# start_dm TARGET: a device mapper device bench of that target and its words
start_dm() {
	dev=/dev/mapper/bench
	dmsetup create bench --table "0 $((leg_mb * 2048)) $1" 2> /dev/null
}

stop_dm() { dmsetup remove --retry bench; }

start_bare() { start_dm "linear ${legs[0]} 0"; }
stop_bare() { stop_dm; }

start_mirror() { start_dm "mirror core 2 1024 nosync $1 $(pairs "$1")"; }
stop_mirror() { stop_dm; }

# start_md COUNT [DEVICE...]
start_md() {
	local count=$1
	shift
	[ $# -gt 0 ] || set -- "${legs[@]:0:$count}"
	dev=/dev/md0
	mdadm --create $dev --run --assume-clean --bitmap=none --level=1 --raid-devices="$count" "$@" > /dev/null 2>&1
}

stop_md() {
	mdadm --quiet --stop /dev/md0
	settle
	[ -z "${1-}" ] || mdadm --quiet --zero-superblock "${legs[@]:0:$1}"
}

start_integrity() {
	local n tops=()
	for ((n = 0; n < $1; n++)); do
		integritysetup --batch-mode format "${legs[n]}" --integrity crc32c > /dev/null 2>&1 || return
		integritysetup open "${legs[n]}" "integrity$n" --integrity crc32c || return
		tops+=("/dev/mapper/integrity$n")
	done
	start_md "$1" "${tops[@]}"
}

stop_integrity() {
	local n
	stop_md
	for ((n = 0; n < $1; n++)); do integritysetup close "integrity$n"; done
}

# QEMU's driver as a server on this machine, and the kernel's client
start_qemu() {
	local n options="driver=quorum,vote-threshold=$((($1 + 2) / 2))"
	for ((n = 0; n < $1; n++)); do
		options+=",children.$n.driver=host_device,children.$n.filename=${legs[n]}"
		options+=",children.$n.cache.direct=on,children.$n.aio=native"
	done
	modprobe nbd
	dev=/dev/nbd0
	qemu-nbd --fork --persistent --socket /run/bench.sock --image-opts "$options" &&
		nbd-client -unix /run/bench.sock $dev > /dev/null 2>&1
}

stop_qemu() {
	nbd-client -d /dev/nbd0 > /dev/null
	pkill -x qemu-nbd
	while pgrep -x qemu-nbd > /dev/null; do sleep 0.1; done
}

# start_quorum COUNT [OPTION-WORD...]
start_quorum() {
	local count=$1 options
	shift
	options="$# $*"
	start_dm "quorum $((count / 2 + 1)) $count $(pairs "$count") $options"
}

stop_quorum() { stop_dm; }

# A system is its name, how many legs it has, and what dm-quorum is told. One that cannot be had, an option that the
# module does not know for example, is left out.
systems() {
	cat <<- 'END'
		bare 1
		mirror 3
		md 3
		integrity 3
		qemu 3
		quorum 2
		quorum 3
		quorum 5
		quorum 3 zero_copy_writes
		quorum 3 log core 2 1024 nosync
		quorum 3 rewrite_corrupted
		quorum 3 read_pattern fifo
		quorum 3 read_pattern fast
		quorum 3 write_ack threshold
	END
}

# start SYSTEM COUNT [OPTION-WORD...]
start() { equal_legs "$2" && "start_$1" "${@:2}" && settle && [ -b "$dev" ]; }
stop() {
	settle
	"stop_$1" "${@:2}"
	settle
}
