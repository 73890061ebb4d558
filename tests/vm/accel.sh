# shellcheck shell=bash disable=SC2154,SC2034  # variables of the scripts that source this
# Sourced by run and system: which accelerator. A /dev/kvm that exists may still not run a kernel, so it is tried once.

# find_accel: sets $accel to kvm or tcg
find_accel() {
	local key
	accel=tcg
	[ -z "$icount" ] && [ -w /dev/kvm ] || return 0
	[ -n "${kernel-}" ] || find_kernel 6.1
	key=$(hash_of "$(uname -r)" "$(qemu-system-x86_64 --version)" "$(stat -c '%t:%T:%Z' /dev/kvm)" -- "$here/accel.sh")
	cached accel "$key" 8 try_kvm
	accel=$(< "$cached_dir/accel")
}

try_kvm() {
	local out=$1
	echo tcg > "$out/accel"
	timeout -k 2 15 qemu-system-x86_64 -machine q35 -accel kvm -cpu host -m 512 -nodefaults -no-user-config \
		-display none -no-reboot -kernel "$kernel/vmlinuz" -initrd "$kernel/initrd" \
		-append 'console=ttyS0 quiet panic=-1 trial' -serial "file:$out/console" < /dev/null > /dev/null 2>&1 || :
	! grep -qs 'vm: trial boot works' "$out/console" || echo kvm > "$out/accel"
	say "accelerator: $(< "$out/accel")"
}

# find_tsc: sets $tsc_khz if the guest reads this machine's time stamp counter and has only its own means to find out how fast
# it counts: see tsc-khz
find_tsc() {
	tsc_khz=
	[ "$accel" = tcg ] && [ -z "$icount" ] || return 0
	cached tsc "$(hash_of "$(< /proc/sys/kernel/random/boot_id)" -- "$here/tsc-khz")" 2 measure_tsc
	tsc_khz=$(< "$cached_dir/khz")
}

measure_tsc() { "$here/tsc-khz" > "$1/khz"; }

# accel_args: adds what $accel needs to the array $qemu
accel_args() {
	if [ -n "$icount" ]; then
		# one instruction is one nanosecond of the guest: slow, but the same figures every time. Westmere can multiply without
		# carry, as all processors of the last fifteen years can, and crc32c takes a third of the instructions with that
		qemu+=(-accel 'tcg,thread=single' -icount 'shift=0,sleep=off' -cpu Westmere)
	elif [ "$accel" = kvm ]; then
		qemu+=(-accel kvm -cpu host)
	else
		# Nehalem has what crc32c wants and boots a second faster than max
		qemu+=(-accel 'tcg,thread=multi' -cpu Nehalem)
	fi
}
