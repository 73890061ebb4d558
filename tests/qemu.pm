# qemu.pm: QEMU's quorum driver as a program can use it: a qemu-storage-daemon, its monitor (QMP), and a client for its NBD
# server that makes one request at a time, just as it was asked for. Nothing of it is in the kernel.
package qemu;
use strict;
use warnings;
use IO::Socket::UNIX;
use JSON::PP;
use Time::HiRes qw(sleep time);

use constant { READ => 0, WRITE => 1, WRITE_ZEROES => 6 };
# The daemon sends one event a second about a leg, which is known by its node's name. So there are several quorums of
# different names on the same legs, and one is used for nothing that could raise an event for longer than that.
use constant { QUORUMS => 24, QUIET => 1.2 };

# start(DIR, OPTIONS, LEG...): OPTIONS are those of the quorum, but for its legs, which are devices
sub start {
	my ($class, $dir, $options, @legs) = @_;
	$SIG{PIPE} = 'IGNORE';
	unlink "$dir/qmp", "$dir/nbd";
	my @arguments = ('--chardev', "socket,id=qmp,server=on,wait=off,path=$dir/qmp", '--monitor', 'chardev=qmp',
		'--nbd-server', "addr.type=unix,addr.path=$dir/nbd");
	for my $set (0 .. QUORUMS - 1) {
		my $quorum = "driver=quorum,node-name=quorum$set,$options";
		for my $leg (0 .. $#legs) {
			push @arguments, '--blockdev',
				"driver=host_device,node-name=leg$leg-$set,filename=$legs[$leg],cache.direct=on,locking=off";
			$quorum .= ",children.$leg=leg$leg-$set";
		}
		push @arguments, '--blockdev', $quorum,
			'--export', "type=nbd,id=export$set,node-name=quorum$set,name=$set,writable=on";
	}

	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		open STDERR, '>', "$dir/qemu-says" or die;
		exec 'qemu-storage-daemon', @arguments or die "qemu-storage-daemon: $!\n";
	}
	my $self = bless { dir => $dir, pid => $pid, set => 0, used => [(0) x QUORUMS], nbd => [], events => [] }, $class;
	# it opens the monitor's socket before the legs
	my $deadline = time + 600;
	until (-S "$dir/nbd" and $self->{qmp} //= IO::Socket::UNIX->new("$dir/qmp")) {
		die "qemu-storage-daemon does not start: " . $self->says if $self->ended || time > $deadline;
		sleep 0.05;
	}
	readline $self->{qmp};
	$self->command('qmp_capabilities');
	return $self;
}

sub ended {
	my $self = $_[0];
	return $self->{ended} ||= waitpid($self->{pid}, 1) == $self->{pid};
}

# says(): what the daemon has had to say
sub says {
	open my $file, '<', "$_[0]{dir}/qemu-says" or die;
	return join '', <$file>;
}

# command(NAME): by the time it is answered all events that came before it have been taken note of
sub command {
	my ($self, $name) = @_;
	syswrite $self->{qmp}, encode_json({ execute => $name }) . "\n";
	while (defined(my $line = readline $self->{qmp})) {
		my $answer = decode_json($line);
		return if exists $answer->{return};
		die "$name: $line" if $answer->{error};
		push @{$self->{events}}, $answer;
	}
	die "qemu-storage-daemon has ended: " . $self->says;
}

# blamed(): the legs that have been reported since it was called the last time, as a sorted list
sub blamed {
	my $self = $_[0];
	$self->command('query-block-jobs');
	my %legs;
	for (grep { $_->{event} eq 'QUORUM_REPORT_BAD' } @{$self->{events}}) {
		$legs{$1} = 1 if $_->{data}{'node-name'} =~ /^leg(\d+)-/;
	}
	if (@{$self->{events}}) {
		$self->{used}[$self->{set}] = time;
		$self->{set} = ($self->{set} + 1) % QUORUMS;
		my $rest = $self->{used}[$self->{set}] + QUIET - time;
		sleep $rest if $rest > 0;
	}
	$self->{events} = [];
	return sort { $a <=> $b } keys %legs;
}

sub receive {
	my ($socket, $bytes) = @_;
	my $got = '';
	while (length $got < $bytes) {
		sysread($socket, $got, $bytes - length $got, length $got) or return;
	}
	return $got;
}

# The quorum that is used now, connected
sub nbd {
	my $self = $_[0];
	return $self->{nbd}[$self->{set}] //= do {
		my $socket = IO::Socket::UNIX->new("$self->{dir}/nbd") or die "NBD: $!\n";
		my ($magic, $option, $flags) = unpack 'a8 a8 n', receive($socket, 18);
		die "not NBD\n" unless $magic eq 'NBDMAGIC' && $option eq 'IHAVEOPT';
		# the fixed newstyle handshake, without the zeroes at its end; NBD_OPT_EXPORT_NAME
		syswrite $socket, pack 'N a8 N N/a*', 3, $option, 1, $self->{set};
		receive($socket, 10) or die "NBD: no export $self->{set}\n";
		$socket;
	};
}

# request(WHAT, POSITION, BYTES[, DATA]): returns the error's number, 0 for none, and what has been read; or nothing if the
# daemon has ended
sub request {
	my ($self, $what, $position, $bytes, $data) = @_;
	my $nbd = $self->nbd;
	syswrite $nbd, pack('N n n Q> Q> N', 0x25609513, 0, $what, 0, $position, $bytes) . ($data // '');
	my $reply = receive($nbd, 16) // return;
	my ($magic, $error) = unpack 'N N', $reply;
	die "not an NBD reply\n" unless $magic == 0x67446698;
	return ($error, $what == READ && !$error ? receive($nbd, $bytes) : undef);
}

sub stop {
	my $self = $_[0];
	return if $self->ended;
	# that of a script that dies is not to become the daemon's
	local $?;
	kill 'TERM', $self->{pid};
	waitpid $self->{pid}, 0;
	$self->{ended} = 1;
}

sub DESTROY { $_[0]->stop }

1;
