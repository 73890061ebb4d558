#!/usr/bin/perl
# every-fault-writing.pl REPORT SIZE LOG SLOW LEG... DISK...: writes to a quorum device, in all ways, with each fault in
# turn, see faults.pm.
use strict;
use warnings;
use lib 'tests';
use faults;

use constant { AT => 131072, PAGE => 4096, BLKDISCARD => 0x1277 };

faults::begin(@ARGV);
my $held = 1;

sub other { $held % 100 + 1 }
# in_order(BYTES): all of the legs hold what was written last
sub in_order {
	my ($bytes) = @_;
	return faults::sound() || faults::holders($held, AT, $bytes) ne '012' && 'the legs differ';
}
sub before {
	my ($bytes) = @_;
	my $wrong = in_order($bytes);
	die "before: $wrong\n" if $wrong;
	faults::fill(other(), $bytes);
}
# everywhere(): a new beginning
sub everywhere {
	faults::fill($held, 128 * PAGE);
	faults::pwrite(AT, 128 * PAGE);
	faults::settle();
}
# renew(BYTES[, BYTE...]): all is well again, and the legs hold what was written last, or the same of these
sub renew {
	my ($bytes, @lawful) = @_;
	my $is = faults::status();
	if ($is->{health} ne 'AAA' || faults::counted($is) ne '0 0 0 0 0 0') {
		faults::message('restore 1') if $is->{health} =~ /D/;
		faults::idle();
		faults::walk_over('resync');
		faults::message('reset_counters');
	}
	# the log's marks are taken back
	faults::settle();
	my ($equal) = grep { faults::holders($_, AT, $bytes) eq '012' } @lawful ? @lawful : $held;
	everywhere() if !defined $equal;
	die "the legs differ after a resync\n" if !defined $equal;
	$held = $equal;
}

# written(BYTES, NEW, ERROR, STRUCK, FAILED): what is wrong after a write of NEW. Requests of FAILED legs have failed.
sub written {
	my ($bytes, $new, $error, $failed) = (@_[0 .. 2], $_[3] ? 1 : 0);
	my $is = faults::status();
	return "failed: $is->{told}" if $error;
	$held = $new;
	my $log = $is->{told} =~ /core|disk/;
	return "counted: $is->{told}" if faults::counted($is) !~ ($log ? qr/^0 0 0 0 0 [0$failed]$/ : qr/^0 0 0 0 0 $failed$/);
	my @stale = grep { substr($is->{health}, $_, 1) ne 'A' } 0 .. 2;
	my $holders = faults::holders($held, AT, $bytes);
	# the log flushes legs, and writes itself
	$failed = 0 if $log && $holders eq '012' && !@stale;
	return "stale: $is->{told}" if @stale != $failed || grep { $is->{leg}[$_]{writes} != 1 } @stale;
	return "it is on $holders" if $holders ne '012' && $holders ne join '', grep { !$failed || $_ != $stale[0] } 0 .. 2;
	my $wrong = faults::reads($held, AT, $bytes);
	faults::settle();
	my $then = faults::status();
	return $wrong || $then->{told} ne $is->{told} && "the read is not well: $is->{told}, $then->{told}";
}

sub discard {
	my ($at, $bytes) = @_;
	my $range = pack 'QQ', $at, $bytes;
	ioctl $faults::file, BLKDISCARD, $range or die "discard: $!\n";
}

my %options = (
	plain => [],
	zero_copy => ['zero_copy_writes'],
	threshold => [qw(write_ack threshold)],
	log_core => [qw(log core 2 1024 nosync)],
	log_disk => ['log', 'disk', 2, $faults::log, 1024],
);
for my $name ($ENV{TABLES} ? split ' ', $ENV{TABLES} : sort keys %options) {
	my @options = @{$options{$name}};
	faults::create($name eq 'threshold' ? faults::slow_table(@options) : faults::table(@options));
	faults::idle();
	my $log = $name =~ /log/;
	my @missed;
	for my $fault (qw(failslab fail_page_alloc fail_make_request)) {
		for my $bytes (2 * PAGE, 16 * PAGE) {
			everywhere();
			faults::walk("write_${name}_$bytes", $fault, {
				before => sub { before($bytes) },
				do => sub { faults::pwrite(AT, $bytes); faults::settle() },
				after => sub { written($bytes, other(), $_[0], $_[1] eq 'fail_make_request') },
				heal => sub { renew($bytes) },
			});
		}
		my $bytes = 2 * PAGE;
		everywhere();
		if ($fault ne 'fail_make_request') {
			faults::walk("write_failing_$name", $fault, {
				before => sub { before($bytes); faults::fail_leg(1) },
				do => sub { faults::pwrite(AT, $bytes); faults::settle() },
				after => sub { faults::fail_leg(); written($bytes, other(), $_[0], 1) },
				heal => sub { renew($bytes) },
			});
		}
		faults::walk("write_missed_$name", $fault, {
			before => sub { before($bytes); faults::message('fail 1') },
			do => sub { faults::pwrite(AT, $bytes); faults::settle() },
			after => sub {
				my ($error, $struck) = @_;
				my $is = faults::status();
				my $failed = $struck eq 'fail_make_request';
				my $wanted = $error ? '0 1 0 0 0 1' : '0 0 0 0 0 0';
				# with a log, a flush of a leg may have failed; or the mark of what leg 1 misses, and so the write
				my $also = $error ? '0 1 0 0 0 0' : '0 0 0 0 0 1';
				my $fine = faults::counted($is) eq $wanted || $failed && $log && faults::counted($is) eq $also;
				return $is->{told} if !$fine || $is->{health} ne 'ADA' || $error && !$failed;
				if ($error) {
					# either version is lawful, and is chosen when legs are back
					@missed = ($held, other());
					return '';
				}
				$held = other();
				return faults::holders($held, AT, $bytes) ne '02' && 'it is on ' . faults::holders($held, AT, $bytes);
			},
			heal => sub {
				renew($bytes, @missed);
				@missed = ();
			},
		});
		# the slow leg cannot
		faults::walk("discard_$name", $fault, {
			before => sub { before($bytes); everywhere() },
			do => sub { discard(AT, 512 << 10); faults::settle() },
			after => sub { written(128 * PAGE, 0, $_[0], $_[1] eq 'fail_make_request') },
			heal => sub { renew(128 * PAGE) },
		}) if $name ne 'threshold';
		everywhere();
		faults::walk("flush_$name", $fault, {
			before => sub { before($bytes) },
			do => sub { faults::flush(); faults::settle() },
			after => sub {
				my ($error, $struck) = @_;
				my $is = faults::status();
				my $wanted = $struck eq 'fail_make_request' ? '0 0 0 0 0 1' : '0 0 0 0 0 0';
				return $error || faults::counted($is) ne $wanted && !($log && $struck) && $is->{told};
			},
			heal => sub { renew($bytes) },
		});
	}
	faults::remove();
}
