# Aide
help-isoloir = Messages et fichiers directement de votre appareil à celui de votre collègue, chiffrés de bout en bout.
help-enroll = Faire connaître cet appareil à votre organisation.
help-enroll-link = Le lien d'enrôlement donné par votre organisation.
help-enroll-login = Votre identifiant dans l'annuaire de l'organisation.
help-enroll-password-file = Fichier dont la première ligne est votre mot de passe d'annuaire.
help-enroll-sso = Se connecter chez le fournisseur d'identité de l'organisation, dans le navigateur. S'il y en a plusieurs : --sso=NOM.
help-enroll-device-code = Se connecter par un code à saisir dans un navigateur, sur n'importe quel appareil.
help-whoami = Montrer qui est cet appareil.
help-people = Chercher dans l'annuaire. La recherche ne quitte jamais cet appareil.
help-people-query = Une partie de l'identifiant ou du nom.
help-contacts = Montrer les contacts et les demandes, ou décider pour quelqu'un.
help-accept = Accepter quelqu'un qui a demandé.
help-refuse = Refuser quelqu'un pour l'instant.
help-block = Bloquer quelqu'un ; la personne n'en est pas informée.
help-verify = Montrer le numéro de sécurité à comparer avec quelqu'un.
help-verify-confirm = Vous avez comparé le numéro et c'était le même : celui-ci. Sans NUMÉRO, la question vous est posée devant lui.
help-verify-unconfirm = Annuler la confirmation.
help-send = Envoyer un texte.
help-send-text = Le texte.
help-send-file = Proposer des fichiers ou des dossiers, à quelqu'un ou à un groupe. Ils ne sont pas copiés : laissez-les en place jusqu'à leur réception.
help-send-file-paths = Fichiers et dossiers. Les liens d'un dossier ne sont pas proposés.
help-files = Montrer les fichiers reçus et proposés, les suspendre, ou limiter leur débit.
help-files-pause = Suspendre un fichier : il n'est ni récupéré ni servi jusqu'à sa reprise.
help-files-resume = Reprendre un fichier suspendu.
help-files-limit = Le débit des fichiers sur cet appareil, dans chaque sens ; sans RATE, dire ce qui vaut.
help-files-limit-rate = Octets par seconde : 500k, 2M, 1G, ou off.
files-limited = Les fichiers passent à { $rate } au plus dans chaque sens.
files-unlimited = Les fichiers passent aussi vite qu'ils le peuvent.
help-save = Récupérer un fichier ou un dossier et l'enregistrer.
help-save-path = Où l'enregistrer : un nouveau fichier, ou un dossier.
help-cancel = Arrêter la réception d'un fichier, ou retirer votre proposition.
help-history = Montrer les messages échangés avec quelqu'un.
help-conversations = Montrer avec qui il y a des messages, ce qui n'est pas lu, et la dernière ligne.
help-history-last = Seulement ce nombre, les plus récents.
help-history-before = Seulement les messages au-dessus de celui-ci.
help-chat = Se parler dans une fenêtre de ce terminal. F1 y montre les touches.
help-chat-plain = Des lignes simples, sans fenêtre : pour un lecteur d'écran ou un terminal simple. ISOLOIR_PLAIN=1 fait de même.
help-chat-no-mouse = Laisser la souris au terminal.
help-outbox = Montrer ce qui n'est pas encore remis, et pourquoi.
help-evidence = Afficher la preuve que le journal de l'organisation a montré deux histoires.
help-evidence-check = Vérifier une telle preuve ; sans serveur ni phrase de passe.
help-status = Montrer le serveur, les liaisons et ce qui attend.
help-checkpoint = Montrer l'état signé le plus récent du journal de votre organisation. Il est demandé à qui restaure le serveur.
help-watch = Afficher les événements en lignes JSON jusqu'à Ctrl-C.
help-agent = Rester connecté au premier plan et servir les autres commandes.
help-arg-who = Identifiant d'une personne.
help-arg-file-id = Identifiant d'un fichier, tel que « files » le montre.
help-arg-wait = Attendre la remise ce nombre de secondes ; code de sortie 3 sinon.
help-arg-data = Dossier de données de cet appareil.
help-arg-json = Afficher un objet JSON par ligne.
help-arg-passphrase-file = Fichier dont la première ligne est la phrase secrète de cet appareil.
help-arg-downloads = Dossier des fichiers enregistrés sans demander.
help-arg-auto-save-bytes = Enregistrer sans demander les fichiers jusqu'à cette taille.
help-arg-help = Montrer cette aide.
help-arg-version = Montrer la version.

# Questions
ask-login = Identifiant :
ask-password = Mot de passe d'annuaire :{ " " }
ask-passphrase = Phrase secrète de cet appareil :{ " " }
ask-new-passphrase = Choisissez une phrase secrète pour cet appareil :{ " " }
ask-passphrase-again = La même phrase secrète encore une fois :{ " " }
ask-same-number = Est-ce exactement le numéro que voit l'autre personne ? Tapez « oui » :
ask-go-on = Poursuivre avec cette personne, pour ce numéro ? Tapez « oui » :
answer-yes = oui

# Réponses
whoami = { $name } ({ $login })
    appareil { $device }
    organisation { $organization }
nothing-to-show = Rien à montrer.
not-delivered-yet = Gardé sur cet appareil ; l'envoi se fera quand les deux côtés seront là. « isoloir outbox » dit pourquoi il attend.
key-file-warning = Aucune phrase secrète : le dossier de données s'ouvre avec le fichier de clé qu'il contient. Qui peut lire le dossier peut lire vos messages.
relation-none = inconnu
relation-asked = demande envoyée, sans réponse
relation-asks = demande à vous parler
relation-accepted = accepté
relation-refused = refusé
relation-blocked = bloqué
relation-revoked = n'est plus dans l'organisation
mark-verified = vérifié
safety-verified = Numéro de sécurité avec { $who } (vérifié) :
safety-unverified = Numéro de sécurité avec { $who } (non vérifié ; comparez-le en personne ou par téléphone) :
identity-reset-on = L'identité de { $who } a été réinitialisée par votre organisation le { $date }. Comparez les numéros de sécurité avant de poursuivre : « isoloir verify { $who } », puis « isoloir contacts accept { $who } ».
identity-reset-once = L'identité de { $who } a été réinitialisée par votre organisation. Comparez les numéros de sécurité avant de poursuivre : « isoloir verify { $who } », puis « isoloir contacts accept { $who } ».
identity-ended-on = Votre organisation a mis fin à l'identité de { $who } le { $date } ; aucun appareil n'en porte encore de nouvelle. Ce qui attend { $who } est conservé ici.
identity-reassigned = L'identifiant { $login } est désormais celui d'une autre personne ({ $name }) que celle que vous connaissez sous ce nom : celle-ci est partie, ou a été inscrite de nouveau, ou quelqu'un se fait passer pour elle. Rien ne va à la nouvelle. Interrogez-la par un autre moyen et comparez les numéros de sécurité : « isoloir verify { $who } », puis « isoloir contacts accept { $who } ».
state-queued = en attente sur cet appareil
state-sent = en chemin
state-delivered = remis
state-read = lu
state-refused = non envoyé
waiting-device = l'appareil de cette personne n'est pas encore connu ici, est resté absent trop longtemps, ou elle n'en a enrôlé aucun
waiting-contact = la personne n'a pas répondu au premier contact
waiting-verification = votre organisation demande que vous compariez d'abord les numéros de sécurité avec cette personne
waiting-identity-reset = l'identité de cette personne a été réinitialisée par votre organisation ; à vous de dire si vous poursuivez
waiting-peer-offline = l'autre appareil n'est pas en ligne
waiting-revocations-unknown = trop longtemps sans nouvelles du serveur
waiting-lane = les appareils conviennent de leurs clés
waiting-acknowledgements = l'autre appareil doit encore confirmer les messages précédents
waiting-since = son appareil n'a pas été en ligne depuis { $since }
since-yesterday = hier
said-deleted = Ce message a été supprimé.
said-unreadable = Un message que cette version ne peut pas lire. Une plus récente le peut.
said-missing = un message qui n'est pas sur cet appareil
said-edited = modifié
said-forwarded = transféré
mentions-count = { $count ->
    [0] { "" }
   *[other] @{ $count }
}
receipts-on = Les autres apprennent que vous avez lu leurs messages.
receipts-off = Les autres n'apprennent pas que vous avez lu leurs messages.
receipts-rule = Votre organisation en décide.
file-offered = proposé
file-receiving = en cours de réception
file-received = reçu, pas encore enregistré
file-saved = enregistré
file-canceled = annulé
file-withdrawn = retiré
file-refused = indisponible
file-failed = échec
file-paused = suspendu
server-online = Serveur : en ligne
server-offline = Serveur : hors ligne
outbox-count = { $count ->
    [0] Rien n'attend.
    [one] 1 message attend.
   *[other] { $count } messages attendent.
}
link-open = liaison ouverte
link-connecting = connexion en cours
link-closed = pas de liaison
ended-revoked = Votre organisation a mis fin à l'accès de cet appareil. Adressez-vous à ses administrateurs.
ended-identity-reset = Votre organisation a réinitialisé votre identité : cet appareil n'a plus accès. Demandez à ses administrateurs un lien pour un nouvel appareil.
ended-suspended = Votre organisation a suspendu votre accès. Adressez-vous à ses administrateurs.
ended-replaced = Un autre programme utilise l'identité de cet appareil. Une copie du dossier de données est-elle en marche ?
ended-client-too-old = Ce programme est plus ancien que votre organisation ne l'autorise. Installez-en un plus récent.
ended-server-version = Le serveur parle une autre version. Installez un programme plus récent, ou prévenez vos administrateurs.
ended-not-recognized = Le serveur ne reconnaît pas cet appareil. Adressez-vous à vos administrateurs.
ended-interrupted = Le serveur a coupé la connexion ; une nouvelle tentative suit.

ended-enrollment-lost = Le serveur de votre organisation a été restauré à partir d'une sauvegarde antérieure à l'enrôlement de cet appareil ; il ne le connaît plus. Vos messages sont en sûreté sur cet appareil. Demandez un nouveau code d'enrôlement à vos administrateurs, arrêtez l'agent, puis lancez « isoloir enroll LIEN » avec le même dossier de données.
log-reset-restore = Le serveur de votre organisation a été restauré à partir d'une sauvegarde, ce que la clé racine de l'organisation a signé. Ce n'est pas une attaque. { $lost ->
    [0] Rien de ce que cet appareil savait n'a été perdu.
    [one] 1 inscription postérieure de son journal, connue de cet appareil, a été perdue.
   *[other] { $lost } inscriptions postérieures de son journal, connues de cet appareil, ont été perdues.
} { $revoked ->
    [0] { "" }
    [one] 1 appareil révoqué le reste.
   *[other] { $revoked } appareils révoqués le restent.
}
log-reset-fork = Le serveur de votre organisation avait signé deux histoires ; sa clé racine en a choisi une. { $lost ->
    [0] Rien de ce que cet appareil savait n'a été écarté.
    [one] 1 inscription connue de cet appareil a été écartée.
   *[other] { $lost } inscriptions connues de cet appareil ont été écartées.
} { $revoked ->
    [0] { "" }
    [one] 1 appareil révoqué le reste.
   *[other] { $revoked } appareils révoqués le restent.
}
alarm-old-log = Le serveur présente un journal auquel la clé racine de votre organisation a mis fin. Rien n'en est cru. Prévenez vos administrateurs.

# Erreurs
error-other = Échec ({ $code }).
error-internal = Échec interne du programme. Réessayez avec ISOLOIR_LOG=info et dites à vos administrateurs ce qu'il affiche.
error-usage = Il manque quelque chose : sans terminal, donnez --login et --password-file, ou un lien avec un code.
error-enrollment-link = Ce n'est pas un lien d'enrôlement. Il ressemble à https://HÔTE:PORT/#EMPREINTE ; copiez-le en entier, entre guillemets.
error-enrollment-lost = Le serveur de votre organisation a été restauré à partir d'une sauvegarde antérieure à l'enrôlement de cet appareil. Demandez un nouveau code d'enrôlement à vos administrateurs, arrêtez l'agent, puis lancez « isoloir enroll LIEN » avec le même dossier de données. Ce qui attend partira alors.
error-enrollment-other-person = Ce dossier de données appartient à une autre personne de l'annuaire. Enrôlez-vous dans un nouveau dossier avec --data ; ce que contient celui-ci reste lisible.
error-enrollment-ended-log = Ce serveur présente un état de votre organisation auquel une restauration a mis fin. C'est peut-être une ancienne copie du serveur, peut-être quelqu'un qui se fait passer pour lui. Rien ne lui a été envoyé. Prévenez un administrateur ; enrôlez-vous de nouveau quand il aura vérifié.
error-not-enrolled = Aucun appareil n'est enrôlé dans ce dossier de données. Lancez d'abord « isoloir enroll LIEN », ou donnez --data.
error-already-enrolled = Un appareil est déjà enrôlé dans ce dossier de données. Donnez un autre dossier avec --data.
error-no-data-folder = Aucun dossier de données connu : HOME n'est pas défini. Donnez-en un avec --data.
error-data-folder = Impossible d'écrire dans le dossier de données. Vérifiez son chemin et ses droits.
error-vault-in-use = Un autre isoloir a ouvert ce dossier de données. Attendez-le, ou lancez une fois « isoloir agent » et utilisez les commandes à côté.
error-wrong-passphrase = La phrase secrète est fausse.
error-wrong-key-file = Le fichier de clé du dossier de données ne l'ouvre pas.
error-key-file-missing = Le fichier de clé de ce dossier de données manque. Sans lui, les messages sont illisibles.
error-passphrase-needed = Ce dossier de données s'ouvre avec une phrase secrète. Donnez-la avec --passphrase-file.
error-key-file-needed = Ce dossier de données s'ouvre avec son fichier de clé, pas avec une phrase secrète.
error-passphrases-differ = Les deux phrases secrètes diffèrent. Rien n'a été fait.
error-secret-file = Le fichier du secret est illisible.
error-secret-empty = Le secret est vide. Rien n'a été envoyé.
error-no-terminal = Pas de terminal où poser la question. Donnez le secret dans un fichier.
error-vault-format = Le dossier de données vient d'un programme plus récent. Installez-le.
error-vault-damaged = Le dossier de données est endommagé ou a été modifié de l'extérieur. Restaurez une sauvegarde, ou enrôlez un nouvel appareil.
error-vault-unusable = Le dossier de données est inutilisable. Vérifiez le disque et les droits.
error-disk-full = Le disque est plein. Rien n'est perdu ; faites de la place et réessayez.
error-chat-needs-terminal = La messagerie a besoin d'un terminal. Pour les scripts il y a « isoloir send », « history » et « watch ».
error-busy = Trop à la fois. Réessayez.
error-socket = Impossible de créer la prise locale dans le dossier de données. Vérifiez ses droits.
error-agent-runs = Un agent sert déjà ce dossier de données.
error-agent-gone = L'agent s'est arrêté avant de répondre. Réessayez.
error-agent-garbled = La réponse de l'agent est illisible. Les deux programmes ont-ils la même version ?
error-engine-stopped = Le programme a été arrêté avant de répondre. Ce qui était gardé est en sûreté.
error-server-unreachable = Le serveur est injoignable. Vérifiez l'adresse et le réseau.
error-server-not-trusted = Ce n'est pas le serveur de votre organisation, ou quelqu'un s'interpose. Aucun mot de passe n'a été envoyé. Prévenez vos administrateurs.
error-server-interrupted = La connexion au serveur a été interrompue. Réessayez.
error-server-protocol = La réponse du serveur est illisible. Client et serveur vont-ils ensemble ?
error-server-unavailable = Le serveur ou son annuaire ne peut pas répondre maintenant. Réessayez plus tard.
error-server-refused = Le serveur a refusé. Adressez-vous à vos administrateurs.
error-enrollment-unproven = La réponse du serveur ne prouve pas l'enrôlement. Prévenez vos administrateurs.
error-login-password = Identifiant ou mot de passe faux.
error-login-password-blocked = L'annuaire refuse ce compte : il est peut-être désactivé ou expiré.
error-login-password-expired = Le mot de passe de votre compte d'annuaire a expiré. Changez-le là où vous ouvrez votre session, puis inscrivez-vous de nouveau.
error-login-password-must-change = L'annuaire exige un nouveau mot de passe avant de vous laisser entrer. Changez-le là où vous ouvrez votre session, puis inscrivez-vous de nouveau.
error-login-account-disabled = Votre compte est désactivé dans l'annuaire de l'organisation. Votre administrateur peut l'activer.
error-login-account-expired = Votre compte a expiré dans l'annuaire de l'organisation. Votre administrateur peut le prolonger.
error-login-account-locked-out = Votre compte d'annuaire est verrouillé après trop de mots de passe faux. Attendez qu'il se rouvre, ou demandez à votre administrateur de le déverrouiller.
error-login-account-hours = L'annuaire n'admet pas votre compte à cette heure. Réessayez pendant vos heures habituelles.
error-login-account-place = L'annuaire n'admet votre compte que depuis certains ordinateurs, et ce serveur n'en est pas. Demandez à votre administrateur un code d'inscription.
error-login-no-passwords = Ce serveur n'accepte pas les mots de passe. Demandez un code d'enrôlement à vos administrateurs.
error-login-code = Le code est inconnu, utilisé ou expiré. Demandez-en un nouveau à vos administrateurs.
error-login-code-needed = Vous avez déjà un appareil. Pour un autre, demandez un code d'enrôlement à vos administrateurs.
error-login-ticket = Cela a pris trop de temps. Réessayez.
error-login-suspended = Votre accès est suspendu. Adressez-vous à vos administrateurs.
error-login-device-revoked = Cet appareil a été révoqué. Enrôlez-vous dans un nouveau dossier de données.
error-login-too-many-attempts = Trop de tentatives. Attendez quelques minutes et réessayez.
error-login-sign-in-refused = La connexion a été refusée, par vous ou par le fournisseur d'identité. Rien n'a été enrôlé ; relancez la commande pour réessayer.
error-login-sign-in-expired = Personne ne s'est connecté à temps. Relancez la commande pour obtenir un nouveau code ou une nouvelle page.
error-login-sign-in-token = Ce que dit le fournisseur d'identité n'est pas digne de foi. Rien n'a été enrôlé. Prévenez vos administrateurs.
error-login-sign-in-required = Vous êtes connecté, mais votre compte ne peut pas utiliser ce serveur : il lui manque le groupe ou la propriété exigés. Adressez-vous à vos administrateurs.
error-login-sign-in-unnamed = Vous êtes connecté, mais le fournisseur d'identité ne dit pas qui vous êtes ici, ou n'a pas vérifié votre adresse électronique. Prévenez vos administrateurs.
error-login-sign-in-unknown = Vous êtes connecté, mais personne dans l'annuaire de cette organisation ne correspond à ce compte. Est-ce le bon ? Si oui, adressez-vous à vos administrateurs.
error-login-sign-in-other-account = Vous avez déjà employé ici un autre compte du fournisseur d'identité. Connectez-vous avec celui-là, ou demandez à vos administrateurs de le détacher.
error-login-sign-in-port = Le port par lequel le navigateur doit revenir est occupé sur cet appareil. Fermez l'autre programme, ou employez --device-code.
error-login-provider = Le serveur ne peut pas employer le fournisseur d'identité tel qu'il est configuré. Prévenez vos administrateurs.
error-login-no-provider = Ce serveur n'a pas de fournisseur d'identité de ce nom. Demandez-le à vos administrateurs, ou demandez-leur un code d'enrôlement.
error-login-several-providers = Ce serveur a plusieurs fournisseurs d'identité. Nommez-en un : --sso=NOM. Vos administrateurs connaissent les noms.
error-unknown-message = Ce message n'est pas sur cet appareil. « isoloir history QUI » montre les identifiants.
error-message-deleted = Ce message a été supprimé.
error-message-unreadable = Cette version ne peut pas lire ce message. Installez-en une plus récente.
error-message-not-sent = Ce message n'a jamais été envoyé ; personne ne l'a.
error-not-yours = Vous n'avez pas écrit ce message. Seul son auteur peut faire cela.
error-not-a-text = Seuls les textes peuvent être modifiés. Supprimez-le et envoyez-en un autre.
error-policy-edit = Votre organisation ne permet pas de modifier les textes. Supprimez-le et envoyez-en un autre.
error-edit-too-late = Votre organisation permet de modifier un texte pendant { $detail } minutes. Supprimez-le et envoyez-en un autre.
error-not-a-reaction = Ce n'est pas une réaction : un seul émoji, ou un mot court sans espace.
error-policy-forward = Votre organisation ne permet ni de copier ni de transférer les messages.
error-author-forbids-forwarding = L'auteur de ce message demande qu'il ne soit ni copié ni transféré.
error-forward-goes-away = Ce message disparaît après lecture et ne se transfère pas.
error-forward-save-first = Ce fichier n'est pas ici. Enregistrez-le d'abord, puis transférez-le.
error-policy-receipts = Votre organisation décide si les autres apprennent que vous avez lu leurs messages.
help-edit = Remplacer l'un de ses propres textes.
help-delete = Supprimer l'un de ses propres messages, des deux côtés.
help-react = Réagir à un message ; sans émoji, retirer la réaction.
help-forward = Transférer un message à quelqu'un.
help-receipts = Dire si les autres apprennent que vous avez lu leurs messages, ou le choisir.
help-receipts-choice = on ou off.
help-arg-message-id = Identifiant d'un message, comme « history » le montre.
help-arg-text = Le texte.
help-arg-emoji = Un émoji ou un mot court.
help-arg-reply = Le message auquel celui-ci répond.
help-arg-no-forward = Demander qu'il ne soit ni copié ni transféré.
help-arg-let-forward = Le laisser copier et transférer, là où votre organisation laisse cela aux auteurs.
error-unknown-person = Personne dans l'annuaire n'a cet identifiant. « isoloir people » le parcourt.
error-person-left = Cette personne a quitté l'organisation ou perdu son accès. Rien n'est envoyé.
error-identity-reset = L'identité de cette personne a été réinitialisée par votre organisation. Comparez les numéros de sécurité avant de poursuivre : « isoloir verify { $detail } », puis « isoloir contacts accept { $detail } ». Rien n'est envoyé d'ici là.
error-identity-ended = Votre organisation a mis fin à l'identité de cette personne, et aucun appareil n'en porte encore de nouvelle. Rien n'est envoyé d'ici là.
error-login-shared = Plusieurs personnes portent cet identifiant, et vous n'avez eu affaire à aucune : { $detail }. Rien n'est envoyé. Interrogez par un autre moyen celle que vous voulez joindre, et nommez-la par le numéro entre parenthèses.
error-login-reassigned = Cet identifiant est désormais celui d'une autre personne que celle que vous connaissez sous ce nom : celle-ci est partie, ou a été inscrite de nouveau, ou quelqu'un se fait passer pour elle. Rien n'est envoyé. Interrogez-la par un autre moyen et comparez les numéros de sécurité : « isoloir verify { $detail } », puis « isoloir contacts accept { $detail } ».
error-safety-number-needed = Dites quel numéro vous avez comparé : « isoloir verify { $detail } » le montre ; puis « isoloir verify { $detail } --confirm=NUMÉRO ». Rien n'a été changé.
error-safety-number-other = Le numéro de sécurité avec { $detail } n'est pas celui qui vous a été montré ou que vous avez saisi : la clé est désormais une autre. Rien n'a été changé. Regardez-le de nouveau, et comparez-le.
error-not-agreed = Vous n'avez pas dit oui. Rien n'a été changé.
error-person-refused = Cette personne n'accepte pas vos messages.
error-person-blocked = Vous avez bloqué cette personne. « isoloir contacts accept » l'annule.
error-yourself = C'est vous.
alarm-fork = Le serveur de votre organisation a signé deux histoires. Nouvelles personnes, nouveaux appareils et nouvelles règles ne sont plus acceptés. Gardez la preuve : isoloir evidence > preuve.json
evidence-holds = La preuve tient : cette clé a signé deux histoires comme clé d'annuaire de l'organisation { $organization }. Comparez-la avec celle de l'organisation, ou avec une qu'elle a eue :
    { $key }
evidence-holds-two = La preuve tient : ces clés ont signé deux histoires comme clés d'annuaire de l'organisation { $organization }, une chacune. Comparez les deux avec celles que l'organisation a et a eues. Qui a volé une clé remplacée pourrait avoir fait un tel fichier :
    { $key }
    { $other }
error-no-evidence = Il n'y a pas de telle preuve : le journal n'a montré qu'une histoire jusqu'ici.
error-not-evidence = Ce fichier ne prouve rien. Prenez-en un que « isoloir evidence » a écrit, inchangé.
error-no-contact = Il n'y a pas de relation avec cette personne sur laquelle décider.
error-not-enrolled-yet = Cette personne n'a pas encore d'appareil.
error-device-revoked = Votre organisation a mis fin à l'accès de cet appareil : rien ne peut être envoyé. Adressez-vous à ses administrateurs.
error-text-too-long = Le texte dépasse { $detail } octets. Envoyez-le comme fichier.
error-text-empty = Le texte est vide.
error-expired = Le message a attendu plus longtemps que la durée de conservation.
error-taken-back = Le message a été retiré.
error-policy-file-off = Votre organisation n'autorise pas l'envoi de fichiers.
error-policy-file-too-large = Votre organisation limite les fichiers à { $detail } octets.
error-policy-file-type = Votre organisation n'autorise que l'envoi de fichiers de ces types : { $detail }.
error-policy-file-receive-off = Votre organisation n'autorise pas la réception de fichiers.
error-policy-file-receive-type = Votre organisation n'autorise que la réception de fichiers de ces types : { $detail }.
error-policy-save-nowhere = Votre organisation n'autorise l'enregistrement de fichiers que dans le dossier de fichiers, et ce programme a été lancé sans en avoir : --downloads.
error-policy-save-folder = Votre organisation n'autorise l'enregistrement de fichiers que dans ce dossier : { $detail }
error-policy-verify-first = Votre organisation demande de comparer les numéros de sécurité avant d'écrire à quelqu'un : « isoloir verify ».
error-file-unreadable = Le fichier est illisible. Vérifiez son chemin et ses droits.
error-file-not-regular = Ce n'est pas un fichier mais un dossier ou un périphérique.
error-file-changing = Le fichier change pendant sa lecture. Réessayez quand il ne bouge plus.
error-file-exists = Un fichier porte déjà ce nom. Choisissez un autre chemin.
error-path-not-text = Le chemin contient des caractères qui ne sont pas du texte.
error-unknown-file = Identifiant de fichier inconnu. « isoloir files » les montre.
error-file-arriving = Le fichier est déjà en cours de réception à un autre emplacement. Attendez-le ou annulez d'abord cette réception.
error-file-canceled = Le transfert a été annulé.
error-file-unknown = L'expéditeur ne propose plus ce fichier.
error-file-missing = Le fichier n'est plus sur l'appareil de l'expéditeur.
error-file-changed = Le fichier a changé chez l'expéditeur depuis qu'il l'a proposé. Redemandez-le.
error-file-withdrawn = L'expéditeur a retiré le fichier.
error-folder-too-much = Un dossier est proposé avec { $detail } fichiers au plus, sur 16 niveaux. Proposez-en des parties, ou une archive.
error-folder-empty = Il n'y a aucun fichier dans ce dossier.
error-folder-name = Le nom de ce dossier ne peut pas être proposé.
error-folder-faulty = Ce dossier contient plus que ce qui avait été annoncé. Il n'est pas enregistré ; redemandez-le.
error-file-paused = Le fichier a été suspendu. « isoloir files resume » le reprend.
error-file-not-moving = Il n'y a rien à suspendre : ce fichier n'est pas en route.
error-file-not-paused = Ce fichier n'est pas suspendu.
error-files-rate = Un débit est d'au moins { $detail } octets par seconde : 500k, 2M, 1G, ou off.
error-file-busy = L'expéditeur est occupé. Réessayez plus tard.
error-file-faulty = Ce qui est arrivé n'est pas le fichier proposé. Redemandez-le.
error-file-full = Le disque est plein. Ce qui est arrivé est gardé ; faites de la place et enregistrez encore.
error-file-failed = Le fichier n'a pas pu être enregistré. Vérifiez le dossier et réessayez.
error-client-too-old = Ce programme est plus ancien que votre organisation ne l'autorise. Installez-en un plus récent.
error-directory-unknown = L'annuaire n'a pas encore été reçu. Vérifiez que le serveur est joignable, et réessayez.

# Connexion chez un fournisseur d'identité
sso-hint = Vous pouvez aussi vous connecter chez le fournisseur d'identité de votre organisation : lancez la commande avec --sso.
sign-in-opened = Connectez-vous chez { $provider } dans la fenêtre de navigateur qui vient de s'ouvrir. S'il n'y en a pas, ouvrez cette page dans un navigateur de cet appareil :
sign-in-open = Connectez-vous chez { $provider } : ouvrez cette page dans un navigateur de cet appareil :
sign-in-type =
    Connectez-vous chez { $provider } : ouvrez cette page sur n'importe quel appareil
        { $page }
    et saisissez ce code :
        { $code }
    Ne le faites que si vous venez vous-même de lancer cette commande. Qui vous fait saisir son propre code enrôle son appareil à votre nom.
browser-done = Vous êtes connecté. Vous pouvez fermer cette page et revenir à Isoloir.
browser-refused = La connexion a été refusée. Vous pouvez fermer cette page ; Isoloir dit que faire.
browser-not-asked = Rien n'attend cette page. Recommencez la connexion dans Isoloir.

# Les règles de l'organisation, telles qu'on les lit.
rules-title = Ce que disent les règles de votre organisation (version { $version }) :
rules-server = Tenues par le serveur de votre organisation, qui refuse :
rules-client = Suivies par ce programme :
rules-client-means = Elles valent dans la mesure où chacun utilise un programme non modifié. Ce ne sont pas des garanties.
rules-unknown = Aucune règle n'est encore arrivée.
rules-changed = Votre organisation a changé ses règles. { $rules }
rule-bytes = { $number } octets
rule-kilobytes = { $number } ko
rule-megabytes = { $number } Mo
rule-gigabytes = { $number } Go
rule-file-send-off = Aucun fichier ne peut être envoyé.
rule-file-send-types = Seuls les fichiers de ces types peuvent être envoyés : { $detail }.
rule-file-send-all = Les fichiers de tous types peuvent être envoyés.
rule-file-receive-off = Aucun fichier ne peut être reçu.
rule-file-receive-types = Seuls les fichiers de ces types peuvent être reçus : { $detail }.
rule-file-receive-all = Les fichiers de tous types peuvent être reçus.
rule-file-max-bytes-none = Les fichiers peuvent être de toute taille.
rule-file-max-bytes-limit = Les fichiers sont limités à { $detail }.
rule-contact-auto-accept-nobody = Vous décidez de qui vous acceptez le premier contact.
rule-contact-auto-accept-all = Les collègues sont acceptés sans qu'on vous demande.
rule-contact-block-unknown-on = Le premier contact d'une personne que vous ne trouvez pas dans l'annuaire reste sans réponse.
rule-contact-block-unknown-off = Une personne que vous ne trouvez pas dans l'annuaire peut demander un premier contact.
rule-contact-verify-required-all = Rien n'est envoyé à quelqu'un avant que vous ayez comparé les numéros de sécurité.
rule-contact-verify-required-none = Vous pouvez écrire à quelqu'un sans avoir comparé les numéros de sécurité.
rule-identity-device-approval-admin = Un nouvel appareil demande un code donné par un administrateur.
rule-identity-device-approval-auto = Votre premier appareil s'inscrit avec votre mot de passe ou votre connexion.
rule-identity-cert-lifetime-days-limit = Le certificat de votre appareil vaut { $detail } jours au plus ; un appareil absent plus longtemps n'est plus joignable avant d'avoir été en ligne une fois.
rule-file-save-location-free = Vous pouvez enregistrer les fichiers où vous voulez.
rule-file-save-location-folder = Les fichiers ne peuvent être enregistrés que dans le dossier de fichiers de ce programme.
rule-admin-session-idle-minutes-limit = Les sessions des administrateurs prennent fin après { $detail } minutes sans usage.
rule-admin-session-hours-limit = Les sessions des administrateurs prennent fin après { $detail } heures.
rule-device-app-lock-off = Vous pouvez protéger cet appareil par une phrase de passe.
rule-device-app-lock-optional = Vous pouvez protéger cet appareil par une phrase de passe ; il se verrouille alors de lui-même là où votre organisation le demande.
rule-device-app-lock-required = Cet appareil doit être protégé par une phrase de passe.
rule-device-lock-idle-minutes-limit = Avec une phrase de passe, ce programme se verrouille après { $detail } minutes sans usage.
rule-device-lock-idle-minutes-none = Ce programme ne se verrouille pas de lui-même.
rule-device-lock-wipe-after-limit = Après { $detail } phrases de passe fausses de suite, tout ce qui est sur cet appareil est détruit.
rule-device-lock-wipe-after-none = Des phrases de passe fausses ne détruisent rien.
rule-notification-preview-none = Les notifications disent seulement qu'il y a un message.
rule-notification-preview-sender = Les notifications peuvent dire de qui vient un message, pas ce qu'il dit.
rule-notification-preview-content = Les notifications peuvent montrer les messages.
rule-message-retention-days-none = Les messages sont conservés jusqu'à ce que vous les supprimiez.
rule-message-retention-days-limit = Les messages sont supprimés après { $detail } jours.
rule-message-edit-window-minutes-none = Un texte envoyé ne peut pas être modifié.
rule-message-edit-window-minutes-limit = Vous pouvez modifier un texte pendant { $detail } minutes après l'avoir écrit.
rule-message-copy-forward-allow = Les messages peuvent être copiés et transférés, sauf si leur auteur demande le contraire.
rule-message-copy-forward-sender = Les messages ne peuvent être copiés et transférés que si leur auteur l'autorise.
rule-message-copy-forward-forbid = Les messages ne peuvent être ni copiés ni transférés.
rule-message-read-receipts-user = Vous choisissez si les autres apprennent que vous avez lu leurs messages.
rule-message-read-receipts-off = Personne n'apprend si vous avez lu ses messages.
rule-message-read-receipts-on = Les autres apprennent que vous avez lu leurs messages.
rule-client-min-version-limit = Les programmes antérieurs à la version { $detail } ne sont pas admis.
rule-client-min-version-none = Les programmes de toute version sont admis.
rule-directory-visibility-all = Vous trouvez tout le monde dans l'annuaire.
rule-directory-visibility-same-group = Vous trouvez dans l'annuaire les personnes qui partagent un groupe avec vous.
rule-directory-visibility-groups = Vous trouvez dans l'annuaire les personnes de ces groupes : { $detail }.
rule-directory-visibility-none = Vous ne trouvez personne dans l'annuaire.
help-organization = Montrer ce que les règles de votre organisation vous permettent, et qui les tient.

# Verrouillage
help-passphrase = Choisir, changer ou retirer la phrase de passe de cet appareil. Les messages ne sont pas réécrits.
help-passphrase-set = Protéger cet appareil par une phrase de passe ; jusqu'ici il s'ouvre avec un fichier de clé.
help-passphrase-change = Changer la phrase de passe.
help-passphrase-remove = Retirer la phrase de passe : le dossier de données s'ouvre avec un fichier de clé qu'il contient.
help-arg-new-passphrase-file = Fichier dont la première ligne est la nouvelle phrase de passe.
help-lock = Verrouiller l'agent : clés, messages et liens quittent sa mémoire.
help-unlock = Déverrouiller l'agent avec la phrase de passe de cet appareil.
help-arg-locked = Commencer verrouillé, et attendre « isoloir unlock ».
help-rpc = Parler JSON-RPC 2.0 sur l'entrée et la sortie standard, pour les programmes.
help-rpc-schema = Afficher ce qui peut être demandé, sous forme de document OpenRPC.
help-completion = Afficher un script qui complète les commandes dans votre interpréteur.
help-completion-shell = bash, zsh ou fish.
lock-locked = Verrouillé. Rien n'est lisible ici, et les messages attendent chez leurs expéditeurs. « isoloir unlock » l'ouvre.
lock-open = Ouvert.
opens-with-passphrase = Cet appareil s'ouvre avec la nouvelle phrase de passe. Personne ne peut la remplacer : sans elle, les messages d'ici ne peuvent être lus.
opens-with-key-file = Cet appareil s'ouvre avec le fichier de clé de son dossier de données. Qui peut lire le dossier peut lire vos messages.
ended-passphrase-required = Votre organisation exige une phrase de passe sur cet appareil. Tant que vous n'en avez pas choisi, rien n'est envoyé, reçu ni montré : « isoloir passphrase set ».
error-locked = Cet appareil est verrouillé. Ouvrez-le avec « isoloir unlock ».
error-no-agent = Aucun agent ne tourne pour ce dossier de données : rien n'est ouvert. Lancez-en un avec « isoloir agent ».
error-lock-needs-passphrase = Cet appareil n'a pas de phrase de passe : le verrouiller ne protégerait rien. Choisissez-en une avec « isoloir passphrase set ».
error-passphrase-required = Votre organisation exige une phrase de passe sur cet appareil. Choisissez-en une avec « isoloir passphrase set » ; d'ici là, rien n'est envoyé, reçu ni montré.
error-passphrase-is-set = Cet appareil a déjà une phrase de passe. Changez-la avec « isoloir passphrase change ».
error-passphrase-is-none = Cet appareil n'a pas de phrase de passe. Choisissez-en une avec « isoloir passphrase set ».
error-new-passphrase-needed = Sans terminal, donnez la nouvelle phrase de passe avec --new-passphrase-file.
error-wrong-passphrase-left = { $detail ->
    [1] La phrase de passe est fausse. Encore une fausse, et tout ce qui est sur cet appareil est détruit : votre organisation le veut ainsi.
   *[other] La phrase de passe est fausse. Après { $detail } autres fausses, tout ce qui est sur cet appareil est détruit : votre organisation le veut ainsi.
}
error-unlock-later = Trop de phrases de passe fausses. Attendez { $detail } secondes, puis réessayez.
error-vault-wiped = Trop de phrases de passe fausses : tout ce qui était sur cet appareil a été détruit, comme le veut votre organisation. Demandez un code d'inscription à ses administrateurs et inscrivez-vous de nouveau.
error-bad-json = Cette ligne n'est pas du JSON.
error-no-batches = Plusieurs requêtes sur une ligne ne sont pas servies. Envoyez une ligne pour chacune.
error-bad-request = Ce n'est pas une requête JSON-RPC 2.0.
error-unknown-method = Cette requête n'existe pas. « isoloir rpc --schema » les énumère toutes.
error-bad-params = Les paramètres ne conviennent pas à la requête. « isoloir rpc --schema » les décrit.
error-request-too-long = Une requête peut avoir { $detail } octets.
help-agent-notify = Montrer des notifications sur le bureau : none (aucune), sender (de qui vient un message) ou content (son contenu). Votre organisation peut en permettre moins.
notify-message = Nouveau message
notify-message-from = { $who }
notify-file = Fichier : { $name }
# Groupes
help-group = Les groupes de personnes.
help-group-create = Créer un groupe avec ces personnes.
help-group-create-name = Le nom du groupe.
help-group-create-people = Des identifiants, au moins un.
help-group-list = Afficher vos groupes.
help-group-show = Afficher un groupe et ses membres.
help-group-add = Faire entrer des personnes dans un groupe.
help-group-add-people = Des identifiants.
help-group-remove = Retirer des personnes d'un groupe.
help-group-remove-people = Des identifiants.
help-group-promote = Faire d'un membre un administrateur du groupe.
help-group-demote = Faire d'un administrateur un membre comme les autres.
help-group-transfer = Confier la liste des membres du groupe : c'est désormais l'appareil de cette personne qui la tient.
help-group-rename = Donner un autre nom à un groupe.
help-group-rename-name = Le nouveau nom.
help-group-leave = Quitter un groupe.
help-group-picture = Montrer l’image d’un groupe, l’enregistrer, ou en donner une autre au groupe.
help-group-picture-picture = Un JPEG ou PNG de n’importe quelle taille ; il est réduit, et lieu, appareil et date n’y restent pas. « none » retire l’image.
help-group-picture-save = Écrire l’image dans ce nouveau fichier.
help-arg-group = Le groupe : son numéro ou son nom.
role-holds-pen = tient la liste des membres
role-admin = administrateur
role-member = membre
role-none = n'est plus membre
relation-left = n'est plus membre
group-members = { $count ->
    [one] { $count } membre
   *[other] { $count } membres
}
group-created = { $by } a créé le groupe « { $name } ».
group-added = { $by } a ajouté { $who }.
group-removed = { $by } a retiré { $who }.
group-left = { $by } a quitté le groupe.
group-promoted = { $by } a nommé { $who } administrateur.
group-demoted = { $by } a fait de { $who } un membre comme les autres.
group-transferred = { $by } a confié la liste des membres à { $who }.
group-renamed = { $by } a nommé le groupe « { $name } ».
group-succeeded = { $by } tient désormais la liste des membres : la personne qui la tenait a quitté l'organisation.
group-pictured = { $by } a changé ou retiré l’image du groupe.
picture-here = Le groupe a une image. « isoloir group picture GROUPE --save FICHIER » l’écrit dans un fichier.
picture-absent = Le groupe n’a pas d’image, ou elle n’est pas encore arrivée.
error-picture-unreadable = Ce n’est pas un JPEG ou un PNG lisible.
error-picture-too-large = L’image est trop grande : { $detail } octets au plus.
error-picture-not-read = L’image n’a pas pu être lue : { $detail }.
error-picture-not-written = L’image n’a pas pu être écrite : { $detail }. Nommez un fichier qui n’existe pas encore.
error-picture-none = Le groupe n’a pas d’image, ou elle n’est pas encore arrivée. Réessayez quand un membre est en ligne.
waiting-two-rosters = la liste des membres du groupe présente deux histoires ; rien n'y est envoyé
alarm-two-rosters = La liste des membres d'un groupe présente deux histoires : l'appareil ou la clé de quelqu'un a servi deux fois. Plus rien n'est envoyé dans ce groupe. Créez-en un nouveau.
error-unknown-group = Ce groupe n'existe pas. « isoloir group list » affiche les vôtres.
error-not-member = Vous n'êtes plus membre de ce groupe.
error-not-admin = Seuls les administrateurs du groupe peuvent faire cela. « isoloir group show » dit qui ils sont.
error-group-alone = Personne d'autre n'est dans ce groupe. Ajoutez quelqu'un.
error-group-frozen = La liste des membres de ce groupe présente deux histoires. Rien n'y est envoyé. Créez un nouveau groupe.
error-group-restored = Cet appareil a été rétabli depuis une sauvegarde et ne sait pas s'il a la dernière liste des membres. Il pourra modifier le groupe quand tous les membres auront été en ligne.
error-group-full = Le groupe est complet : il accepte 32 personnes et 1 024 modifications.
error-group-change = C'est déjà le cas, ou c'est impossible : voyez « isoloir group show ». On ne retire pas qui tient la liste des membres ; cette personne part, ou la confie.
error-group-name = Le nom d'un groupe compte de 1 à 128 octets et tient sur une ligne.
error-name-ambiguous = Ce nom désigne plusieurs groupes. Nommez le groupe par son numéro : { $detail }
group-created-directory = { $by } a créé le groupe « { $name } ». Il suit le groupe « { $directory } » de l'annuaire.
group-added-directory = { $who } est dans le groupe « { $directory } » de l'annuaire, et entre dans le groupe.
group-removed-directory = { $who } n'est plus dans le groupe « { $directory } » de l'annuaire, et quitte le groupe.
in-step-with = Suit le groupe « { $group } » de l'annuaire.
in-step-unknown = L'annuaire n'a rien dit depuis le démarrage.
in-step-in-step = Conforme à l'annuaire.
in-step-waiting = { $count ->
    [one] { $count } personne est attendue : elle n'a pas encore d'appareil, ou la place manque.
   *[other] { $count } personnes sont attendues : elles n'ont pas encore d'appareil, ou la place manque.
}
in-step-held = Plus de la moitié des membres partiraient ; rien n'a changé. Il s'agit de : { $who }. Si c'est voulu : « isoloir group sync GROUPE --confirm ».
in-step-not-yours = Vous n'êtes pas dans le groupe de l'annuaire, ou il n'existe plus ; rien ne change. Confiez la liste des membres à quelqu'un qui y est, ou créez un autre groupe.
in-step-too-many = Plus de 32 personnes sont dans le groupe de l'annuaire ; rien ne change.
in-step-hidden = Vous ne pouvez pas voir toutes les personnes du groupe de l'annuaire ; rien ne change.
in-step-full = La liste des membres n'accepte plus de modification. Créez un nouveau groupe.
in-step-waits = Cet appareil a été rétabli depuis une sauvegarde ; rien ne change tant que tous les membres n'ont pas été en ligne.
alarm-directory-group-held = Plus de la moitié des membres d'un groupe qui suit l'annuaire partiraient. Rien n'a changé : « isoloir group list » dit de qui il s'agit.
alarm-directory-group-apart = Un groupe ne suit plus l'annuaire : « isoloir group list » dit pourquoi.
help-group-create-from-directory = Le créer avec les personnes de ce groupe de l'annuaire ; il le suit désormais.
help-group-sync = Demander maintenant à l'annuaire qui est dans un groupe qui le suit.
help-group-sync-confirm = Retirer les personnes que l'annuaire ne nomme plus, même si c'est plus de la moitié des membres.
error-group-of-directory = C'est l'annuaire qui dit qui est dans ce groupe : adressez-vous à qui tient l'annuaire. Seule une personne partie d'elle-même peut être ajoutée de nouveau.
error-directory-groups-unknown = L'annuaire n'a pas encore dit dans quels groupes vous êtes. Connectez-vous au serveur et réessayez ; un serveur d'une version antérieure ne sait pas le dire.
error-directory-group-unknown = Vous n'êtes dans aucun groupe de l'annuaire de ce nom. L'annuaire a été interrogé de nouveau : si vous venez d'y entrer, réessayez.
error-directory-group-large = Plus de { $detail } personnes sont dans ce groupe de l'annuaire : c'est plus qu'un groupe n'en accepte ici.
error-directory-group-hidden = Vous ne pouvez pas voir toutes les personnes de ce groupe de l'annuaire.
error-group-by-hand = Ce groupe ne suit pas l'annuaire.
error-group-not-pen = Seule la personne qui tient la liste des membres peut le faire : { $detail }
error-group-nothing-held = Rien n'attend votre accord dans ce groupe.
rule-group-create-nobody = Personne ne crée de groupe.
rule-group-create-everyone = Vous pouvez créer des groupes.
rule-group-max-members-limit = Un groupe compte { $detail } personnes au plus.
error-policy-group-create = Votre organisation ne vous permet pas de créer de groupe.
error-policy-group-members = Votre organisation n'admet pas plus de { $detail } personnes dans un groupe.
