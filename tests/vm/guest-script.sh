# shellcheck shell=bash
# Sourced by guest-init and guest-system, in the guest: runs the script, and gives the host what comes of it.
# In /vm the host has put what to do: script (a path), args, env, interpreter.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C TERM=dumb
# One virtio port each, see machine in guest.sh: the console cannot disturb these, nor they each other
stdout=/dev/vport0p1 stderr=/dev/vport0p2 out=/dev/vport0p3 status=/dev/vport0p4

# nap SECONDS: sleep without a process, of which each costs 0.1 s without KVM
exec {never}<> /run/never
nap() { read -r -t "$1" -u "$never" || :; }

# A pipe and not the port itself, which only one process can open: scripts write to /dev/stderr
relay() { exec cat > "$1"; }

# drained PID: wait until that relay sleeps in read(2), i.e. has passed on all. Waiting for its end would mean waiting
# for every daemon that the script has left behind with the pipe open. One that has ended and is still to be reaped has no
# files, and is in no call.
drained() {
	local call n=0
	while [ -e "/proc/$1/fd/0" ] && read -r call _ < "/proc/$1/syscall" && [ "$call" != 0 ] && [ $((n += 1)) -lt 6000 ]; do
		nap 0.01
	done
} 2> /dev/null

run_script() {
	local script interpreter args=()
	script=$(< /vm/script)
	interpreter=$(< /vm/interpreter)
	mapfile -d '' -t args < /vm/args
	cd /repo || return 126
	exec {never}>&-
	# shellcheck disable=SC2086  # its own arguments are words
	if [ -n "$interpreter" ]; then
		exec $interpreter "$script" "${args[@]}"
	else
		exec bash "$script" "${args[@]}"
	fi
}

# run_and_tell: the script, then its /out, then its status. /run/stdout, stderr and never are pipes.
run_and_tell() {
	local relay_out relay_err rc
	until [ -c "$status" ]; do nap 0.01; done
	echo 'vm: the script begins' > /dev/kmsg # for report.sh
	# quiet was for the boot; console.log shall have what happens from here on
	echo 7 > /proc/sys/kernel/printk
	relay "$stdout" < /run/stdout &
	relay_out=$!
	relay "$stderr" < /run/stderr &
	relay_err=$!
	(run_script) < /dev/null > /run/stdout 2> /run/stderr
	rc=$?
	drained "$relay_out"
	drained "$relay_err"
	tar -C /out -cf "$out" . 2> /dev/null
	echo "$rc" > "$status"
}

# shellcheck source=/dev/null
. /vm/env
