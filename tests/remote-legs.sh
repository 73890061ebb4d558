# shellcheck shell=bash disable=SC2154,SC2034  # variables of lib.sh
# Sourced after lib.sh: legs on other machines. A machine is a network namespace, with a cable (veth) to this one, which
# can be slowed, cut and mended. What is on disk N is lent by it, over NBD or NVMe/TCP. This machine's end of all
# connections is in the namespace in which the tests run, because the kernel, when it reconnects by itself, does so from
# there.

hosts=() nbds=() controllers=() servers=() nvmets=()
modprobe -a nvmet nvmet-tcp nvme-tcp 2> "$work/said" || skip_all "$(cat "$work/said")"

# make_host NAME: the second one is at 10.0.2.2, and this machine is 10.0.2.1 to it. "here" is this machine, without a cable,
# and is not made.
make_host() {
	local net=10.0.$((${#hosts[@]} + 1))
	modprobe -a veth sch_netem nbd 2> "$work/said" || skip_all "$(cat "$work/said")"
	ip netns add "$1"
	hosts+=("$1")
	ip link add "to-$1" type veth peer name eth0 netns "$1"
	ip addr add "$net.1/24" dev "to-$1"
	ip link set "to-$1" up
	ip -n "$1" addr add "$net.2/24" dev eth0
	ip -n "$1" link set lo up
	ip -n "$1" link set eth0 up
}
# address HOST
address() {
	[ "$1" != here ] || { echo 127.0.0.1; return; }
	ip -n "$1" -4 -o addr show dev eth0 | awk '{ sub("/.*", "", $4); print $4 }'
}
# on HOST COMMAND...: with that host's network. Not by "ip netns exec", which hides what is mounted below /sys
on() {
	[ "$1" != here ] || { "${@:2}"; return; }
	nsenter --net="/run/netns/$1" "${@:2}"
}

# slow_link HOST MILLISECONDS: so much later arrives what it sends
slow_link() { tc -n "$1" qdisc replace dev eth0 root netem delay "$2ms" limit 10000; }
# cut_link HOST: its cable is pulled out. Nobody is told that a connection is gone
cut_link() { ip -n "$1" link set eth0 down; }
# mend_link HOST: as in the beginning
mend_link() {
	ip -n "$1" link set eth0 up
	tc -n "$1" qdisc del dev eth0 root 2> /dev/null || :
}

# ---- NBD -------------------------------------------------------------------------------------------------------------

# nbd_serve HOST DISK
nbd_serve() {
	cat > "$work/nbd-$1.conf" <<- END
		[generic]
		user = root
		group = root
		listenaddr = $(address "$1")
		[leg]
		exportname = $work/disk$2
		flush = true
		fua = true
	END
	on "$1" nbd-server -C "$work/nbd-$1.conf" -p "$work/nbd-$1.pid" > "$work/said" 2>&1
	poll test -s "$work/nbd-$1.pid"
	servers+=("$(< "$work/nbd-$1.pid")")
}

# nbd_connect HOST DEVICE [OPTION...]: until it answers
nbd_connect() {
	poll nbd-client -N leg "$(address "$1")" "${@:2}" > "$work/said" 2>&1
	nbds+=("$2")
}
# room_to_send: for all that the load has in flight, on connections to come. NBD's driver sends in the name of who hands it a
# request, and who finds the send buffer full waits for as long as the cable is out.
room_to_send() {
	local buffer=/proc/sys/net/ipv4/tcp_wmem
	at_end "echo $(< $buffer) > $buffer"
	echo 4096 4194304 4194304 > $buffer
}
# nbd_disconnect DEVICE: what is in flight ends with an error
nbd_disconnect() { nbd-client -d "$1"; }

# ---- NVMe over TCP ---------------------------------------------------------------------------------------------------

nvmet=/sys/kernel/config/nvmet
nqn=nqn.2024-01.org.example

# nvme_serve HOST DISK
nvme_serve() {
	local subsystem=$nvmet/subsystems/$nqn:$1 port=$nvmet/ports/$((${#nvmets[@]} + 1))
	mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
	nvmets+=("$subsystem $port")
	mkdir "$subsystem" "$port" "$subsystem/namespaces/1"
	echo 1 > "$subsystem/attr_allow_any_host"
	echo "${disks[$2]}" > "$subsystem/namespaces/1/device_path"
	echo 1 > "$subsystem/namespaces/1/enable"
	echo tcp > "$port/addr_trtype"
	echo ipv4 > "$port/addr_adrfam"
	address "$1" > "$port/addr_traddr"
	echo 4420 > "$port/addr_trsvcid"
	# it listens in the network of whoever makes this link
	on "$1" ln -s "$subsystem" "$port/subsystems/"
}

# nvme_connect HOST [OPTION=VALUE...]: sets $nvme to the block device
nvme_connect() {
	poll nvme_attach "$@"
	poll nvme_found "$1"
}
nvme_attach() {
	local host=$1 said fabrics IFS=,
	shift
	exec {fabrics}<> /dev/nvme-fabrics
	said=$(echo -n "nqn=$nqn:$host,transport=tcp,traddr=$(address "$host"),trsvcid=4420,hostnqn=$nqn:here,\
hostid=6a5e2f3c-0b1d-4c8e-9f7a-d2b4c6e8f013,nr_io_queues=1${*:+,$*}" >&"$fabrics" && head -n 1 <&"$fabrics")
	exec {fabrics}>&-
	said=${said#instance=}
	[ -n "$said" ] && controllers+=("nvme${said%%,*}")
}
nvme_found() {
	local subsystem
	for subsystem in /sys/class/nvme-subsystem/*; do
		[ "$(< "$subsystem/subsysnqn")" = "$nqn:$1" ] || continue
		# without multipath a disk belongs to its controller
		nvme=$(printf '%s\n' "$subsystem"/nvme*n1 "$subsystem"/nvme*/nvme*n1 | grep -v '[*]' | head -n 1)
		nvme=/dev/${nvme##*/}
	done
	[ -b "$nvme" ]
}
nvme=''
# nvme_is CONTROLLER STATE
nvme_is() { [ "$(< "/sys/class/nvme/$1/state")" = "$2" ]; }

# ---- The end of the test: after the devices of the test, and before the disks --------------------------------------------

leave_hosts() {
	local host nbd controller server pair
	for host in ${hosts[@]+"${hosts[@]}"}; do mend_link "$host"; done
	remove_devices
	devices=()
	for nbd in ${nbds[@]+"${nbds[@]}"}; do nbd_disconnect "$nbd"; done
	for controller in ${controllers[@]+"${controllers[@]}"}; do
		echo 1 > "/sys/class/nvme/$controller/delete_controller"
	done
	for server in ${servers[@]+"${servers[@]}"}; do
		kill "$server"
		poll not_running "$server"
	done
	for pair in ${nvmets[@]+"${nvmets[@]}"}; do
		rm "${pair#* }/subsystems/$nqn"*
		echo 0 > "${pair% *}/namespaces/1/enable"
		rmdir "${pair#* }" "${pair% *}/namespaces/1" "${pair% *}"
	done
	for host in ${hosts[@]+"${hosts[@]}"}; do ip netns del "$host"; done
	# others count block devices
	modprobe -r nbd nvme-tcp nvmet-tcp
} > "$work/left" 2>&1
not_running() { ! kill -0 "$1" 2> /dev/null; }
# hosts_are_left: nothing of them is here any more. Says what went wrong, which does not matter if that is so
hosts_are_left() {
	cat "$work/left"
	[ -z "$(ip netns list)" ] && [ ! -e /sys/module/nbd ] && [ ! -e /sys/module/nvme_tcp ] && [ ! -e /sys/module/nvmet_tcp ]
}
at_end "leave_hosts; [ \"\$finished\" = skipped ] || ok 'the other machines have been left' hosts_are_left"

# ---- What is counted -------------------------------------------------------------------------------------------------

# nobody_blamed NAME [LEG]: nothing is counted, of this leg read and write errors apart. Legs may have differed for a moment
# (<raced>).
nobody_blamed() {
	local all none='( / 0 0 0 0)'
	all=$(counts "$1")
	[[ $all =~ ^'0 0 0 '[0-9]+$none{3}$ ]] || { [ $# -eq 2 ] &&
		[[ $all =~ ^'0 0 0 '[0-9]+$none{$2}' / 0 '[0-9]+' '[0-9]+' 0'$none{$((2 - $2))}$ ]]; }
}
# errors_of NAME LEG
errors_of() { counts "$1" | awk -F' / ' -v leg="$2" '{ split($(leg + 2), of, " "); print of[2] + of[3] }'; }
# stands_still: each of the load's requests waits for the leg that hangs
stands_still() {
	local before
	before=$(done_requests)
	nap 0.3
	[ "$(done_requests)" = "$before" ]
}

# begin_load_and_slow_berlin: what each test of q begins with, before it cuts a link
begin_load_and_slow_berlin() {
	record_events
	start_load 2
	ok 'the load has begun' works
	is "$(counters q) $(health q)" "$nothing AAA" 'all is well before'

	slow_link berlin 20
	ok 'the link to Berlin is slow: the load goes on' works 50
	mend_link berlin
	ok 'it is mended: the load goes on' works
	is "$(health q)" AAA 'all is well'
	ok 'nobody is blamed' nobody_blamed q
}
