# shellcheck shell=bash disable=SC2154,SC2034  # variables of the scripts that source this
# Sourced by run and system: a guest, from what it is asked for to its end.

# common_option OPTION [VALUE]: takes one that both have, and sets $taken to the number of its words; 0 if it is not one
common_option() {
	taken=2
	case $1 in
	--smp | --mem | --timeout | --disk | --payload | --out) [ $# -ge 2 ] || usage ;;
	esac
	case $1 in
	--smp) smp=$2 ;;
	--mem) mem=$2 ;;
	--timeout) timeout=$2 ;;
	--disk) disks+=("$2") ;;
	--payload) payload=$2 ;;
	--out) out=$2 ;;
	*) taken=0 ;;
	esac
}

# parse_options WORD...: sets the variables of the options, $script, and $args. own_option, of the script that sources this,
# is asked for the rest as common_option is.
parse_options() {
	smp=2 mem=2048 timeout=300 payload='' out='' disks=()
	while [ $# -gt 0 ]; do
		case $1 in
		--) shift; break ;;
		-*) ;;
		*) break ;;
		esac
		common_option "$@"
		[ "$taken" -gt 0 ] || own_option "$@"
		[ "$taken" -gt 0 ] || usage
		shift "$taken"
	done
	[ $# -gt 0 ] || usage
	script=$1
	shift
	args=("$@")
	[ -f "$script" ] || die "no script $script"
	[ -z "$payload" ] || [ -d "$payload" ] || die "no directory $payload"
}

# norandmaps: without KVM, qemu translates a program's code anew wherever it is mapped: programs start four times as fast if
# that is always in the same place.
# A machine that does much else gives a guest a fraction of a processor, and none at all for a while: the kernel is to
# complain of what hangs, not of what is slow.
# log_buf_len: a test looks at the end for all that the kernel has said meanwhile. More takes memory, and time to read.
kernel_arguments() {
	echo 'console=ttyS0 quiet loglevel=5 panic=-1 oops=panic unknown_nmi_panic panic_print=0xc9' \
		'softlockup_panic=1 watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=240 workqueue.watchdog_thresh=240' \
		'sysctl.kernel.hung_task_timeout_secs=300 tsc=reliable no_timer_check mitigations=off random.trust_cpu=on' \
		'norandmaps log_buf_len=1M cryptomgr.notests init_on_alloc=0 audit=0 apparmor=0' ${tsc_khz:+"tsc_early_khz=$tsc_khz"} \
		${GCOV:+kmemleak=off no_debug_objects}
}

# machine: what qemu is told for every guest: the array $qemu, without kernel and disks
machine() {
	local port ports=
	# shellcheck disable=SC2054  # qemu's own commas
	qemu=(qemu-system-x86_64 -machine q35 -smp "$smp" -m "$mem" -nodefaults -no-user-config -display none -no-reboot
		-chardev "file,id=console,path=$work/console.log" -serial chardev:console
		-device isa-debug-exit,iobase=0xf4,iosize=0x4
		-chardev "pipe,id=monitor,path=$work/monitor" -mon chardev=monitor,mode=readline
		# written out at once, not when the main loop comes to it: the guest ends qemu right after its last byte
		-device virtio-serial-pci,ioeventfd=off)
	# regular files: they take any amount at any time, so a slow reader of our output never holds up the guest
	for port in stdout stderr out status; do
		qemu+=(-chardev "file,id=$port,path=$work/$port" -device "virtserialport,nr=$((ports += 1)),chardev=$port")
	done
	accel_args
}

# add_disk NAME FILE DRIVE-OPTIONS: /dev/disk/by-id/virtio-NAME
add_disk() { qemu+=(-drive "if=none,id=$1,file=$2,$3" -device "virtio-blk-pci,drive=$1,serial=$1"); }

# add_scratch_disks DIR: those that were asked for with --disk, kept in DIR
add_scratch_disks() {
	local disk
	for disk in "${!disks[@]}"; do
		[ -e "$1/scratch$disk" ] || truncate -s "${disks[disk]}M" "$1/scratch$disk"
		add_disk "scratch$disk" "$1/scratch$disk" format=raw,cache=unsafe
	done
}

# boot: starts qemu, passes the output on as it comes, waits for the end; sets $timed_out
boot() {
	local ended=''
	timed_out='' tails=()
	rm -f "$work"/monitor.*
	mkfifo "$work/monitor.in" "$work/monitor.out"
	: > "$work/stdout"
	: > "$work/stderr"
	# a harness that was killed leaves no guest behind
	setpriv --pdeathsig KILL "${qemu[@]}" < /dev/null > /dev/null 2> "$work/qemu.err" &
	qemu_pid=$!
	exec {monitor}<> "$work/monitor.in"
	tail -q -s 0.1 -c +1 --pid="$qemu_pid" -f "$work/stdout" &
	tails=("$!")
	tail -q -s 0.1 -c +1 --pid="$qemu_pid" -f "$work/stderr" >&2 &
	tails+=("$!")
	start_sleeper "$timeout"
	wait -n -p ended "$qemu_pid" "$sleeper" || :
	if [ "$ended" = "$sleeper" ]; then
		timed_out=1
		stop_with_backtraces
	fi
	kill "$sleeper" 2> /dev/null || :
	sleeper=
	wait "$qemu_pid" "${tails[@]}" 2> /dev/null || :
	qemu_pid=
}

# Its own output, lest it keeps our reader waiting should it outlive us
start_sleeper() {
	sleep "$1" > /dev/null 2>&1 &
	sleeper=$!
}

# An NMI first, which makes the kernel print where it hangs, and panic, which ends qemu
stop_with_backtraces() {
	echo nmi >&"$monitor"
	start_sleeper 120
	wait -n "$qemu_pid" "$sleeper" || :
	kill "$sleeper" 2> /dev/null || :
	kill -KILL "$qemu_pid" 2> /dev/null || :
}

# What the guest has left: /out, and the console's log
collect() {
	[ -n "$out" ] || return 0
	mkdir -p "$out"
	tar -C "$out" -xf "$work/out" 2> /dev/null || [ ! -s "$work/out" ] || say "the copy of /out is incomplete"
	cp "$work/console.log" "$out/"
}

clean_up() {
	[ -z "${sleeper-}" ] || kill "$sleeper" 2> /dev/null || :
	if [ -n "${qemu_pid-}" ]; then
		kill -KILL "$qemu_pid" "${tails[@]}" 2> /dev/null || :
		wait 2> /dev/null || :
	fi
	as_root rm -rf "$work" # the chroot's make was root
}

# run_guest: boots it, once more if it has died of itself, and ends with the status that follows
run_guest() {
	boot
	if died_early; then
		say 'the guest died before the script began; once more'
		since_script
		print_report
		boot
	fi
	collect
	finish
}

# begin WORD...: the options, and a directory to work in that does not stay. set -e would exit with whatever failed: a
# status that looks like the script's.
begin() {
	set -E
	trap 'exit 126' ERR
	parse_options "$@"
	need qemu-system-x86_64:qemu-system-x86 mksquashfs:squashfs-tools setpriv:util-linux depmod:kmod make:make perl:perl
	work=$(mktemp -d)
	trap clean_up EXIT
	trap 'exit 130' INT TERM HUP
}
