// The list of program tables. A new table is one JSON file and one line in each half here.
import type { TableFile } from './format.ts';
import t_7z from './7z.json' with { type: 'json' };
import t_aider from './aider.json' with { type: 'json' };
import t_apt from './apt.json' with { type: 'json' };
import t_at from './at.json' with { type: 'json' };
import t_awk from './awk.json' with { type: 'json' };
import t_aws from './aws.json' with { type: 'json' };
import t_base32 from './base32.json' with { type: 'json' };
import t_base64 from './base64.json' with { type: 'json' };
import t_bash from './bash.json' with { type: 'json' };
import t_bun from './bun.json' with { type: 'json' };
import t_bundle from './bundle.json' with { type: 'json' };
import t_bzip2 from './bzip2.json' with { type: 'json' };
import t_cargo from './cargo.json' with { type: 'json' };
import t_cat from './cat.json' with { type: 'json' };
import t_chattr from './chattr.json' with { type: 'json' };
import t_chmod from './chmod.json' with { type: 'json' };
import t_chown from './chown.json' with { type: 'json' };
import t_chroot from './chroot.json' with { type: 'json' };
import t_claude from './claude.json' with { type: 'json' };
import t_cmd from './cmd.json' with { type: 'json' };
import t_codex from './codex.json' with { type: 'json' };
import t_compgen from './compgen.json' with { type: 'json' };
import t_composer from './composer.json' with { type: 'json' };
import t_conda from './conda.json' with { type: 'json' };
import t_copilot from './copilot.json' with { type: 'json' };
import t_cp from './cp.json' with { type: 'json' };
import t_cpio from './cpio.json' with { type: 'json' };
import t_crontab from './crontab.json' with { type: 'json' };
import t_csplit from './csplit.json' with { type: 'json' };
import t_curl from './curl.json' with { type: 'json' };
import t_cut from './cut.json' with { type: 'json' };
import t_date from './date.json' with { type: 'json' };
import t_dc from './dc.json' with { type: 'json' };
import t_dd from './dd.json' with { type: 'json' };
import t_dconf from './dconf.json' with { type: 'json' };
import t_deno from './deno.json' with { type: 'json' };
import t_docker from './docker.json' with { type: 'json' };
import t_dotnet from './dotnet.json' with { type: 'json' };
import t_dropdb from './dropdb.json' with { type: 'json' };
import t_echo from './echo.json' with { type: 'json' };
import t_emacs from './emacs.json' with { type: 'json' };
import t_env from './env.json' with { type: 'json' };
import t_fd from './fd.json' with { type: 'json' };
import t_find from './find.json' with { type: 'json' };
import t_flock from './flock.json' with { type: 'json' };
import t_fuser from './fuser.json' with { type: 'json' };
import t_gcloud from './gcloud.json' with { type: 'json' };
import t_gdb from './gdb.json' with { type: 'json' };
import t_gem from './gem.json' with { type: 'json' };
import t_gemini from './gemini.json' with { type: 'json' };
import t_git from './git.json' with { type: 'json' };
import t_go from './go.json' with { type: 'json' };
import t_goose from './goose.json' with { type: 'json' };
import t_gpg from './gpg.json' with { type: 'json' };
import t_gradle from './gradle.json' with { type: 'json' };
import t_grep from './grep.json' with { type: 'json' };
import t_gzip from './gzip.json' with { type: 'json' };
import t_head from './head.json' with { type: 'json' };
import t_holdfast from './holdfast.json' with { type: 'json' };
import t_hostname from './hostname.json' with { type: 'json' };
import t_hostnamectl from './hostnamectl.json' with { type: 'json' };
import t_ifconfig from './ifconfig.json' with { type: 'json' };
import t_install from './install.json' with { type: 'json' };
import t_ip from './ip.json' with { type: 'json' };
import t_java from './java.json' with { type: 'json' };
import t_journalctl from './journalctl.json' with { type: 'json' };
import t_jq from './jq.json' with { type: 'json' };
import t_just from './just.json' with { type: 'json' };
import t_kill from './kill.json' with { type: 'json' };
import t_kubectl from './kubectl.json' with { type: 'json' };
import t_launchctl from './launchctl.json' with { type: 'json' };
import t_less from './less.json' with { type: 'json' };
import t_ln from './ln.json' with { type: 'json' };
import t_ls from './ls.json' with { type: 'json' };
import t_lua from './lua.json' with { type: 'json' };
import t_mail from './mail.json' with { type: 'json' };
import t_make from './make.json' with { type: 'json' };
import t_man from './man.json' with { type: 'json' };
import t_mkdir from './mkdir.json' with { type: 'json' };
import t_mkfifo from './mkfifo.json' with { type: 'json' };
import t_mkfs from './mkfs.json' with { type: 'json' };
import t_mktemp from './mktemp.json' with { type: 'json' };
import t_mongosh from './mongosh.json' with { type: 'json' };
import t_mv from './mv.json' with { type: 'json' };
import t_mvn from './mvn.json' with { type: 'json' };
import t_mysql from './mysql.json' with { type: 'json' };
import t_nc from './nc.json' with { type: 'json' };
import t_nice from './nice.json' with { type: 'json' };
import t_node from './node.json' with { type: 'json' };
import t_nohup from './nohup.json' with { type: 'json' };
import t_npm from './npm.json' with { type: 'json' };
import t_npx from './npx.json' with { type: 'json' };
import t_openclaw from './openclaw.json' with { type: 'json' };
import t_opencode from './opencode.json' with { type: 'json' };
import t_openssl from './openssl.json' with { type: 'json' };
import t_parallel from './parallel.json' with { type: 'json' };
import t_perl from './perl.json' with { type: 'json' };
import t_php from './php.json' with { type: 'json' };
import t_pi from './pi.json' with { type: 'json' };
import t_ping from './ping.json' with { type: 'json' };
import t_pip from './pip.json' with { type: 'json' };
import t_printf from './printf.json' with { type: 'json' };
import t_prlimit from './prlimit.json' with { type: 'json' };
import t_psql from './psql.json' with { type: 'json' };
import t_pwd from './pwd.json' with { type: 'json' };
import t_pwsh from './pwsh.json' with { type: 'json' };
import t_pytest from './pytest.json' with { type: 'json' };
import t_python from './python.json' with { type: 'json' };
import t_rake from './rake.json' with { type: 'json' };
import t_rclone from './rclone.json' with { type: 'json' };
import t_redis_cli from './redis-cli.json' with { type: 'json' };
import t_rg from './rg.json' with { type: 'json' };
import t_rm from './rm.json' with { type: 'json' };
import t_rmdir from './rmdir.json' with { type: 'json' };
import t_rsync from './rsync.json' with { type: 'json' };
import t_ruby from './ruby.json' with { type: 'json' };
import t_scp from './scp.json' with { type: 'json' };
import t_script from './script.json' with { type: 'json' };
import t_sed from './sed.json' with { type: 'json' };
import t_sftp from './sftp.json' with { type: 'json' };
import t_shred from './shred.json' with { type: 'json' };
import t_shuf from './shuf.json' with { type: 'json' };
import t_shutdown from './shutdown.json' with { type: 'json' };
import t_socat from './socat.json' with { type: 'json' };
import t_sort from './sort.json' with { type: 'json' };
import t_split from './split.json' with { type: 'json' };
import t_sqlite3 from './sqlite3.json' with { type: 'json' };
import t_ssh from './ssh.json' with { type: 'json' };
import t_ssh_keygen from './ssh-keygen.json' with { type: 'json' };
import t_sshpass from './sshpass.json' with { type: 'json' };
import t_stdbuf from './stdbuf.json' with { type: 'json' };
import t_strace from './strace.json' with { type: 'json' };
import t_su from './su.json' with { type: 'json' };
import t_sudo from './sudo.json' with { type: 'json' };
import t_swift from './swift.json' with { type: 'json' };
import t_systemctl from './systemctl.json' with { type: 'json' };
import t_systemd_run from './systemd-run.json' with { type: 'json' };
import t_tar from './tar.json' with { type: 'json' };
import t_taskset from './taskset.json' with { type: 'json' };
import t_tee from './tee.json' with { type: 'json' };
import t_telnet from './telnet.json' with { type: 'json' };
import t_terraform from './terraform.json' with { type: 'json' };
import t_time from './time.json' with { type: 'json' };
import t_timeout from './timeout.json' with { type: 'json' };
import t_tmux from './tmux.json' with { type: 'json' };
import t_touch from './touch.json' with { type: 'json' };
import t_tox from './tox.json' with { type: 'json' };
import t_tr from './tr.json' with { type: 'json' };
import t_tree from './tree.json' with { type: 'json' };
import t_truncate from './truncate.json' with { type: 'json' };
import t_tsx from './tsx.json' with { type: 'json' };
import t_uniq from './uniq.json' with { type: 'json' };
import t_unlink from './unlink.json' with { type: 'json' };
import t_unshare from './unshare.json' with { type: 'json' };
import t_unzip from './unzip.json' with { type: 'json' };
import t_uv from './uv.json' with { type: 'json' };
import t_uvx from './uvx.json' with { type: 'json' };
import t_vim from './vim.json' with { type: 'json' };
import t_watch from './watch.json' with { type: 'json' };
import t_wc from './wc.json' with { type: 'json' };
import t_wget from './wget.json' with { type: 'json' };
import t_xargs from './xargs.json' with { type: 'json' };
import t_xxd from './xxd.json' with { type: 'json' };
import t_xz from './xz.json' with { type: 'json' };
import t_zip from './zip.json' with { type: 'json' };
import t_zstd from './zstd.json' with { type: 'json' };

/** All tables, as written. Their shape is checked when they are compiled (check-table.ts). */
export const TABLE_FILES = [
  t_7z,
  t_aider,
  t_apt,
  t_at,
  t_awk,
  t_aws,
  t_base32,
  t_base64,
  t_bash,
  t_bun,
  t_bundle,
  t_bzip2,
  t_cargo,
  t_cat,
  t_chattr,
  t_chmod,
  t_chown,
  t_chroot,
  t_claude,
  t_cmd,
  t_codex,
  t_compgen,
  t_composer,
  t_conda,
  t_copilot,
  t_cp,
  t_cpio,
  t_crontab,
  t_csplit,
  t_curl,
  t_cut,
  t_date,
  t_dc,
  t_dd,
  t_dconf,
  t_deno,
  t_docker,
  t_dotnet,
  t_dropdb,
  t_echo,
  t_emacs,
  t_env,
  t_fd,
  t_find,
  t_flock,
  t_fuser,
  t_gcloud,
  t_gdb,
  t_gem,
  t_gemini,
  t_git,
  t_go,
  t_goose,
  t_gpg,
  t_gradle,
  t_grep,
  t_gzip,
  t_head,
  t_holdfast,
  t_hostname,
  t_hostnamectl,
  t_ifconfig,
  t_install,
  t_ip,
  t_java,
  t_journalctl,
  t_jq,
  t_just,
  t_kill,
  t_kubectl,
  t_launchctl,
  t_less,
  t_ln,
  t_ls,
  t_lua,
  t_mail,
  t_make,
  t_man,
  t_mkdir,
  t_mkfifo,
  t_mkfs,
  t_mktemp,
  t_mongosh,
  t_mv,
  t_mvn,
  t_mysql,
  t_nc,
  t_nice,
  t_node,
  t_nohup,
  t_npm,
  t_npx,
  t_openclaw,
  t_opencode,
  t_openssl,
  t_parallel,
  t_perl,
  t_php,
  t_pi,
  t_ping,
  t_pip,
  t_printf,
  t_prlimit,
  t_psql,
  t_pwd,
  t_pwsh,
  t_pytest,
  t_python,
  t_rake,
  t_rclone,
  t_redis_cli,
  t_rg,
  t_rm,
  t_rmdir,
  t_rsync,
  t_ruby,
  t_scp,
  t_script,
  t_sed,
  t_sftp,
  t_shred,
  t_shuf,
  t_shutdown,
  t_socat,
  t_sort,
  t_split,
  t_sqlite3,
  t_ssh,
  t_ssh_keygen,
  t_sshpass,
  t_stdbuf,
  t_strace,
  t_su,
  t_sudo,
  t_swift,
  t_systemctl,
  t_systemd_run,
  t_tar,
  t_taskset,
  t_tee,
  t_telnet,
  t_terraform,
  t_time,
  t_timeout,
  t_tmux,
  t_touch,
  t_tox,
  t_tr,
  t_tree,
  t_truncate,
  t_tsx,
  t_uniq,
  t_unlink,
  t_unshare,
  t_unzip,
  t_uv,
  t_uvx,
  t_vim,
  t_watch,
  t_wc,
  t_wget,
  t_xargs,
  t_xxd,
  t_xz,
  t_zip,
  t_zstd,
] as unknown as readonly TableFile[];
